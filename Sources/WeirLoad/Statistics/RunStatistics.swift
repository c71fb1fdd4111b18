/// The figures of a run, as answers come in.
///
/// Latency is that of each event, from the moment that the schedule says to the acknowledgement. A system that stalls is charged for
/// all events that were due in the meantime, whether or not they could be sent (G. Tene: coordinated omission).
public struct RunStatistics: Sendable {
    private let schedule: LoadSchedule
    /// What was due before is not measured.
    private let warmUp: RunTime

    private var latency = LatencyHistogram()
    private var service = LatencyHistogram()
    private var lag = LatencyHistogram()
    private var intervalLatency = LatencyHistogram()
    private var intervalLag = LatencyHistogram()
    private var interval = Interval()

    public private(set) var totals = Totals()

    /// Sums since the begin, the warm-up included.
    public struct Totals: Sendable, Codable, Equatable {
        public var sentEvents = 0
        public var acknowledgedEvents = 0
        public var acknowledgedBatches = 0
        public var bytes = 0
        /// Lines that answers counted as quarantined.
        public var quarantined = 0
        /// Batches sent again.
        public var retries = 0
        /// Batches given up, and their events.
        public var failedBatches = 0
        public var failedEvents = 0
        /// Batches that were due and waited for a free place in flight.
        public var heldBackBatches = 0
        /// Acknowledged after the warm-up.
        public var measuredEvents = 0
    }

    private struct Interval: Sendable {
        var acknowledged = 0
        var errors = 0
    }

    /// - Parameter warmUp: length of the begin that is not measured.
    public init(_ schedule: LoadSchedule, warmUp: Duration) {
        self.schedule = schedule
        self.warmUp = RunTime(seconds: warmUp / .seconds(1))
    }

    public mutating func sent(_ events: Int) { totals.sentEvents += events }

    /// - Complexity: O(events of the batch).
    public mutating func acknowledged(_ batch: SentBatch) {
        totals.acknowledgedEvents += batch.batch.count
        totals.acknowledgedBatches += 1
        totals.bytes += batch.bytes
        totals.quarantined += batch.quarantined
        if batch.wasHeldBack { totals.heldBackBatches += 1 }
        interval.acknowledged += batch.batch.count
        intervalLag.record(nanoseconds: batch.lag)
        let isMeasured = batch.batch.due >= warmUp
        if isMeasured {
            totals.measuredEvents += batch.batch.count
            service.record(nanoseconds: batch.acknowledged.nanoseconds - batch.sent.nanoseconds)
            lag.record(nanoseconds: batch.lag)
        }
        for event in batch.batch.firstEvent..<batch.batch.firstEvent + batch.batch.count {
            let nanoseconds = batch.acknowledged.nanoseconds - schedule.time(of: event).nanoseconds
            intervalLatency.record(nanoseconds: nanoseconds)
            if isMeasured { latency.record(nanoseconds: nanoseconds) }
        }
    }

    /// A request without a good answer; its batch is sent again.
    public mutating func retried() {
        totals.retries += 1
        interval.errors += 1
    }

    /// A batch that was given up.
    public mutating func failed(_ batch: BatchPlanner.Batch) {
        totals.failedBatches += 1
        totals.failedEvents += batch.count
        interval.errors += 1
    }

    /// The figures since the last call, and begins anew.
    public mutating func takeInterval(from start: RunTime, to end: RunTime) -> IntervalSample {
        let seconds = max(1, Double(end.nanoseconds - start.nanoseconds)) / 1e9
        defer {
            interval = Interval()
            intervalLatency.reset()
            intervalLag.reset()
        }
        let due = schedule.events(before: end) - schedule.events(before: start)
        return IntervalSample(
            second: end.seconds,
            scheduledPerSecond: Double(due) / seconds,
            acknowledgedPerSecond: Double(interval.acknowledged) / seconds,
            errors: interval.errors,
            backlogEvents: max(0, schedule.events(before: end) - totals.acknowledgedEvents),
            p50Ms: intervalLatency.milliseconds(atPercentile: 50),
            p99Ms: intervalLatency.milliseconds(atPercentile: 99),
            p999Ms: intervalLatency.milliseconds(atPercentile: 99.9),
            maxMs: intervalLatency.summary.maxMs,
            lagP99Ms: intervalLag.milliseconds(atPercentile: 99)
        )
    }

    public var latencySummary: LatencySummary { latency.summary }
    public var latencyCurve: [LatencySummary.Point] { latency.curve }
    /// From departure to answer: what a closed loop would have reported.
    public var serviceSummary: LatencySummary { service.summary }
    public var lagSummary: LatencySummary { lag.summary }
}
