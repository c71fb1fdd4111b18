/// The figures of a latency. Milliseconds.
public struct LatencySummary: Sendable, Codable, Equatable {
    /// A point of the percentile curve.
    public struct Point: Sendable, Codable, Equatable {
        /// 0…100.
        public var percentile: Double
        public var ms: Double
    }

    public var count: Int
    public var meanMs: Double
    public var p50Ms: Double
    public var p90Ms: Double
    public var p99Ms: Double
    public var p999Ms: Double
    public var maxMs: Double
}
