import WeirCore

/// One connection's part of a run: every n-th batch, written by a generator of its own. A function of the plan, so that a lane can
/// be gone through again afterwards, to see what its events should have made of the windows.
public struct LoadLane: Sendable {
    private var planner: BatchPlanner
    private var generator: EventGenerator
    private let schedule: LoadSchedule
    private let index: Int
    private let lanes: Int
    /// Event time of the begin of the schedule.
    public let origin: EventTime
    /// Batches taken so far.
    public private(set) var taken = 0

    /// - Parameters:
    ///   - origin: event time of the schedule's begin.
    ///   - index: of this lane, 0..<lanes.
    public init(_ plan: LoadPlan, origin: EventTime, index: Int) {
        planner = BatchPlanner(plan.schedule, size: plan.batchSize, wait: plan.batchWait)
        var settings = plan.generator
        settings.workflows = max(1, settings.workflows / plan.lanes)
        // A second run is no repetition of the first to the cluster, though its seed is the same.
        generator = EventGenerator(settings, stream: index, salt: UInt64(bitPattern: origin.microseconds))
        schedule = plan.schedule
        self.index = index
        lanes = plan.lanes
        self.origin = origin
    }

    /// Writes the next batch, in place of what the buffer holds. Returns nil at the end.
    ///
    /// - Parameter observer: notes every line.
    public mutating func next(
        into buffer: inout LineBuffer,
        observer: inout LaneObserver
    ) -> BatchPlanner.Batch? {
        while let batch = planner.next() {
            guard batch.index % lanes == index else { continue }
            buffer.removeAll()
            for event in batch.firstEvent..<batch.firstEvent + batch.count {
                let time = schedule.time(of: event)
                let line = generator.next(at: origin.advanced(byMicroseconds: time.microseconds), into: &buffer)
                observer.observe(line, scheduled: time)
            }
            taken += 1
            return batch
        }
        return nil
    }
}
