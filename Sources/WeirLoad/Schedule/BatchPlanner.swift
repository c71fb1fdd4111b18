/// Deals the events of a schedule into batches: a batch goes when it is full, and at the latest when its first event has waited for
/// long enough. A function of the schedule alone.
public struct BatchPlanner: Sendable {
    /// A batch before it is written.
    public struct Batch: Sendable, Equatable {
        /// From 0.
        public var index: Int
        public var firstEvent: Int
        public var count: Int
        /// When it should be sent.
        public var due: RunTime
    }

    private let schedule: LoadSchedule
    private let size: Int
    private let wait: Int64
    private var nextEvent = 0
    private var nextIndex = 0

    /// - Parameters:
    ///   - size: events of a full batch, ≥ 1.
    ///   - wait: the longest time between the schedule of a batch's first event and its departure.
    public init(_ schedule: LoadSchedule, size: Int, wait: Duration) {
        self.schedule = schedule
        self.size = size
        let (seconds, attoseconds) = wait.components
        self.wait = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// The next batch; nil at the end. O(log size).
    public mutating func next() -> Batch? {
        guard nextEvent < schedule.events else { return nil }
        let deadline = RunTime(nanoseconds: schedule.time(of: nextEvent).nanoseconds + wait)
        var count = min(size, schedule.events - nextEvent)
        let last = schedule.time(of: nextEvent + count - 1)
        var due = last
        if last > deadline {
            // Times do not go down with the number: the first event past the deadline by bisection.
            var low = 1
            while low < count {
                let middle = (low + count) / 2
                if schedule.time(of: nextEvent + middle) > deadline { count = middle } else { low = middle + 1 }
            }
            due = deadline
        } else if count < size {
            due = min(deadline, RunTime(seconds: max(last.seconds, schedule.seconds)))
        }
        defer {
            nextEvent += count
            nextIndex += 1
        }
        return Batch(index: nextIndex, firstEvent: nextEvent, count: count, due: due)
    }
}
