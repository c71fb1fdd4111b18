/// Everything that a record of a window is made of, in a form that can be added to and merged in any order with the same result:
/// `add` and `merge` commute and associate, and adding a set of events in parts and merging the parts is adding them in one go.
public struct WindowAggregate: Sendable, Equatable {
    public let limits: AggregateLimits

    // MARK: Events by kind

    public internal(set) var started = 0
    public internal(set) var stageCompleted = 0
    public internal(set) var completed = 0
    public internal(set) var failed = 0
    /// All four kinds.
    public internal(set) var workflows: DistinctCounter

    // MARK: COMPLETED events

    var duration = ExactSum()
    /// +∞ and 0 while there is no COMPLETED event.
    var durationMin = Double.infinity
    var durationMax = 0.0
    var durations: Distribution
    var quality = ExactSum()
    var coverage = ExactSum()
    var coverageCount = 0
    var complexity = ExactSum()
    var complexityCount = 0
    var tokens: Int128 = 0
    var cost = ExactSum()
    /// Events with at least one pattern applied, and their patterns.
    var intelligenceEnabled = 0
    var patterns = 0
    var topByCost: TopWorkflows
    var topByDuration: TopWorkflows
    /// By ``AggregateLimits/qualityEdges`` and ``AggregateLimits/costEdges``.
    var qualityBuckets: [BucketAggregate]
    var costBuckets: [BucketAggregate]

    // MARK: Groups

    var stages: GroupTable<StageAggregate>
    var models: GroupTable<ModelAggregate>
    var nodeTypes: GroupTable<NodeTypeAggregate>
    var errorCodes: GroupTable<FailureCount>

    /// The aggregate of no event.
    public init(limits: AggregateLimits) {
        self.limits = limits
        workflows = DistinctCounter(limit: limits.exactDistinctValues)
        durations = Distribution(limit: limits.exactQuantileValues)
        topByCost = TopWorkflows(by: .cost, limit: limits.topWorkflows)
        topByDuration = TopWorkflows(by: .duration, limit: limits.topWorkflows)
        qualityBuckets = Array(repeating: BucketAggregate(), count: limits.qualityEdges.count)
        costBuckets = Array(repeating: BucketAggregate(), count: limits.costEdges.count)
        stages = GroupTable(limit: limits.groupKeys, empty: StageAggregate(limits: limits))
        models = GroupTable(limit: limits.groupKeys, empty: ModelAggregate())
        nodeTypes = GroupTable(limit: limits.groupKeys, empty: NodeTypeAggregate())
        errorCodes = GroupTable(limit: limits.groupKeys, empty: FailureCount())
    }

    /// Events of all kinds.
    public var eventCount: Int { started + stageCompleted + completed + failed }

    /// Adds everything that `other`, made with equal limits, holds. O(groups + values and ids kept exactly + buckets and
    /// registers in use).
    public mutating func merge(_ other: WindowAggregate) {
        precondition(limits == other.limits, "aggregates with different limits can't be merged")
        started += other.started
        stageCompleted += other.stageCompleted
        completed += other.completed
        failed += other.failed
        workflows.merge(other.workflows)
        duration.merge(other.duration)
        durationMin = min(durationMin, other.durationMin)
        durationMax = max(durationMax, other.durationMax)
        durations.merge(other.durations)
        quality.merge(other.quality)
        coverage.merge(other.coverage)
        coverageCount += other.coverageCount
        complexity.merge(other.complexity)
        complexityCount += other.complexityCount
        tokens += other.tokens
        cost.merge(other.cost)
        intelligenceEnabled += other.intelligenceEnabled
        patterns += other.patterns
        topByCost.merge(other.topByCost)
        topByDuration.merge(other.topByDuration)
        for bucket in qualityBuckets.indices { qualityBuckets[bucket].merge(other.qualityBuckets[bucket]) }
        for bucket in costBuckets.indices { costBuckets[bucket].merge(other.costBuckets[bucket]) }
        stages.merge(other.stages)
        models.merge(other.models)
        nodeTypes.merge(other.nodeTypes)
        errorCodes.merge(other.errorCodes)
    }
}
