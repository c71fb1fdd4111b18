/// What shapes the aggregates of a window. Aggregates can be merged only when they were made with equal limits, so these are fixed
/// by the contract of a cluster.
public struct AggregateLimits: Sendable, Hashable {
    /// Most values of a group whose quantiles are exact; a ``DDSketch`` above. 1…1,000,000.
    public var exactQuantileValues = 2048
    /// Most ids that are counted exactly; a ``HyperLogLog`` above. 1…1,000,000.
    public var exactDistinctValues = 4096
    /// Most keys of a dimension that a window keeps apart. 1…100,000.
    public var groupKeys = 1000
    /// Length of the `top_workflows_` lists. 1…1,000.
    public var topWorkflows = 10
    /// Lower edges of `quality_score_buckets`: ascending, the first 0.
    public var qualityEdges: [Double] = [0, 0.5, 0.7, 0.8, 0.9]
    /// Lower edges of `cost_buckets`: ascending, the first 0.
    public var costEdges: [Double] = [0, 0.01, 0.05, 0.1, 0.5]

    public init() {}
}
