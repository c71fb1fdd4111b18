import WeirCore

/// Every bound of a worker, in one place.
public struct WorkerLimits: Sendable, Hashable {
    /// Wall clock: the longest time between two commits; also the heartbeat.
    public var commitInterval = Duration.milliseconds(200)
    /// Wall clock: a commit without an answer is sent again.
    public var commitTimeout = Duration.seconds(2)
    /// Events in deltas beyond which a commit is made at once.
    public var deltaEventsMax = 4_000_000
    /// Quarantined lines, in bytes, beyond which a commit is made at once, and deliveries are put off while it can't be: a commit is one
    /// message, and has to be one that the coordinator takes.
    public var quarantineBytesMax = 8 << 20
    /// Deliveries are put off while a commit awaits its answer and the next one has grown this large, in events: the coordinator
    /// holds the cluster back, and not the memory of a worker.
    public var uncommittedEventsMax = 16_000_000

    public init() {}
}
