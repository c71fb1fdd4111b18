/// One stage of a window: STAGE_COMPLETED events of the stage and FAILED events that name it.
public struct StageAggregate: GroupAggregate {
    /// STAGE_COMPLETED events.
    public var completed = 0
    /// FAILED events with this `failed_stage`.
    public var failed = 0
    /// Seconds, of STAGE_COMPLETED.
    public var duration = ExactSum()
    public var durations: Distribution
    /// Workflows of STAGE_COMPLETED events.
    public var workflows: DistinctCounter

    public init(limits: AggregateLimits) {
        durations = Distribution(limit: limits.exactQuantileValues)
        workflows = DistinctCounter(limit: limits.exactDistinctValues)
    }

    /// Adds STAGE_COMPLETED events: their durations at some payload rows, and their workflows at as many rows.
    mutating func add(
        _ seconds: Span<Double>,
        at payloads: Span<Int32>,
        of ids: Span<UUID128>,
        hashes: Span<UInt64>,
        at rows: Span<Int32>
    ) {
        completed &+= rows.count
        var sum = duration
        for index in payloads.indices { sum.add(seconds[Int(payloads[index])]) }
        duration = sum
        durations.add(seconds, at: payloads)
        workflows.add(ids, hashes: hashes, at: rows)
    }

    public mutating func merge(_ other: StageAggregate) {
        completed += other.completed
        failed += other.failed
        duration.merge(other.duration)
        durations.merge(other.durations)
        workflows.merge(other.workflows)
    }
}

/// COMPLETED events of one `primary_model`.
public struct ModelAggregate: GroupAggregate {
    public var generations = 0
    public var duration = ExactSum()
    public var quality = ExactSum()
    public var tokens: Int128 = 0
    public var cost = ExactSum()

    public init() {}

    public mutating func merge(_ other: ModelAggregate) {
        generations += other.generations
        duration.merge(other.duration)
        quality.merge(other.quality)
        tokens += other.tokens
        cost.merge(other.cost)
    }
}

/// COMPLETED events of one `node_type`.
public struct NodeTypeAggregate: GroupAggregate {
    public var generations = 0
    public var duration = ExactSum()
    public var quality = ExactSum()

    public init() {}

    public mutating func merge(_ other: NodeTypeAggregate) {
        generations += other.generations
        duration.merge(other.duration)
        quality.merge(other.quality)
    }
}

/// FAILED events of one `error_code`.
public struct FailureCount: GroupAggregate {
    public var failures = 0

    public init() {}

    public mutating func merge(_ other: FailureCount) {
        failures += other.failures
    }
}

/// COMPLETED events within one range of quality or cost.
public struct BucketAggregate: GroupAggregate {
    public var generations = 0
    public var duration = ExactSum()
    public var quality = ExactSum()
    public var cost = ExactSum()

    public init() {}

    public mutating func merge(_ other: BucketAggregate) {
        generations += other.generations
        duration.merge(other.duration)
        quality.merge(other.quality)
        cost.merge(other.cost)
    }
}
