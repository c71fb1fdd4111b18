/// The figures of about a second of a run.
public struct IntervalSample: Sendable, Codable, Equatable {
    /// Its end, since the begin of the schedule.
    public var second: Double
    public var scheduledPerSecond: Double
    public var acknowledgedPerSecond: Double
    public var errors: Int
    /// Events that were due and are not acknowledged.
    public var backlogEvents: Int
    public var p50Ms: Double
    public var p99Ms: Double
    public var p999Ms: Double
    public var maxMs: Double
    /// The harness's own delay.
    public var lagP99Ms: Double
    /// Of the node's processes together: cores in use, and bytes in memory. Nil when no process is watched.
    public var nodeCores: Double?
    public var nodeMemoryBytes: Int?
    /// Cores that the harness itself used.
    public var harnessCores: Double?
}
