/// What a cluster computes and promises: everything that must be the same on every node, and that the ids of intents name.
///
/// Read from `config/contract.yaml`; the defaults are SPEC's. Durations are event time unless said otherwise.
public struct Contract: Sendable, Hashable {
    /// Names the contract in the ids of intents.
    public var name = "codegen_metrics"
    /// Semantic version, likewise.
    public var version = "1.0.0"
    /// The `node_type` that `/health` states.
    public var nodeType = "reducer"

    public var aggregation = AggregateLimits()
    public var windows = WindowSettings()
    public var batches = BatchSettings()
    public var events = EventSettings()
    public var intents = IntentSettings()
    public var workflows = WorkflowSettings()
    public var strategies = AggregationStrategy.standard
    public var alerts = AlertSettings()

    public init() {}
}

/// A span of event time, or no bound at all.
public enum Horizon: Sendable, Hashable {
    case unlimited
    /// > 0.
    case limited(Duration)

    /// The bound in microseconds; nil when unlimited.
    public var microseconds: Int64? {
        switch self {
        case .unlimited: nil
        case .limited(let duration): duration.inMicroseconds
        }
    }
}

/// When windows close (SPEC 2).
public struct WindowSettings: Sendable, Hashable {
    public var layout = WindowLayout.standard
    /// Types that are emitted, in SPEC's order.
    public var types = WindowType.allCases
    /// `late_arrival_tolerance_ms`: how far the watermark passes a window's end before the window closes.
    public var lateArrivalTolerance = Duration.milliseconds(1000)
    /// `idle_timeout_ms`, wall clock: silence after which a source stops holding the watermark back.
    public var idleTimeout = Duration.milliseconds(5000)
    /// An event older than the watermark by more is quarantined as `too_late`. At most ``dedupHorizon``.
    public var maxLateness = Horizon.limited(.seconds(300))
    /// How long the id of an event is remembered.
    public var dedupHorizon = Horizon.limited(.seconds(300))
    /// Wall clock: revisions of a window within this time are emitted as one.
    public var revisionDelay = Duration.milliseconds(1000)

    public init() {}
}

/// How events are grouped on their way in.
public struct BatchSettings: Sendable, Hashable {
    /// Lines that complete a frame: smaller requests are gathered until there are so many. Also what `/health` states. 1…100,000.
    public var size = 100
    /// Wall clock: the longest wait before an incomplete batch goes on.
    public var wait = Duration.milliseconds(5)

    public init() {}
}

/// Limits on input.
public struct EventSettings: Sendable, Hashable {
    /// Longest line in bytes; a longer one is quarantined as `too_large`. 1 KiB…64 MiB.
    public var lineBytesMax = 1 << 20
    /// Topics by kind of event.
    public var topics: [EventKind: String] = [
        .started: "dev.codegen.started.v1",
        .stageCompleted: "dev.codegen.stage_completed.v1",
        .completed: "dev.codegen.completed.v1",
        .failed: "dev.codegen.failed.v1",
    ]

    public init() {}
}

/// What an intent says besides its window (SPEC 4).
public struct IntentSettings: Sendable, Hashable {
    /// Where intents go.
    public var intentTopic = "dev.coordination.event_publish_intent.v1"
    /// Where the records that they carry go.
    public var recordTopic = "dev.codegen.metrics_recorded.v1"
    /// 1…10, 1 the most urgent.
    public var priority = 5
    /// 1…10.
    public var alertPriority = 1
    public var createdBy = "weir-coordinator"
    public var retry = RetryPolicy()

    public init() {}
}

/// Retries of a failed intent: exponential backoff with full jitter (M. Brooker, "Exponential Backoff and Jitter", 2015).
public struct RetryPolicy: Sendable, Hashable {
    /// Attempts in all, ≥ 1; the intent is dead-lettered after the last.
    public var attemptsMax = 8
    /// Upper bound of the first wait.
    public var backoffInitial = Duration.milliseconds(100)
    /// Upper bound of every wait.
    public var backoffMax = Duration.seconds(30)
    /// Growth of the bound with each attempt, ≥ 1.
    public var multiplier = 2.0

    public init() {}
}

extension RetryPolicy {
    /// The pause after a failed attempt. The jitter is drawn from the intent's id and the attempt, so that it needs no randomness.
    ///
    /// - Parameter attempts: that were made, ≥ 1.
    public func pause(of intent: UUID128, after attempts: Int) -> Duration {
        var bound = Double(backoffInitial.inMicroseconds)
        let ceiling = Double(backoffMax.inMicroseconds)
        for _ in 1..<max(2, attempts) where bound < ceiling { bound *= multiplier }
        let fraction = Double(XXHash64.hash(intent.high ^ UInt64(attempts), intent.low) >> 11) * 0x1p-53
        return .microseconds(Int64(min(bound, ceiling) * fraction))
    }
}

/// State of workflows (SPEC 5).
public struct WorkflowSettings: Sendable, Hashable {
    /// Silence after which an unfinished workflow is reported as stuck.
    public var stuckAfter = Duration.seconds(600)

    public init() {}
}

/// A view of a window's events that the contract promises, with the functions computed over it.
public struct AggregationStrategy: Sendable, Hashable {
    public enum Kind: String, CaseIterable, Sendable {
        case timeWindow = "time_window"
        case stageGrouping = "stage_grouping"
        case workflowGrouping = "workflow_grouping"
        case qualityScoreBuckets = "quality_score_buckets"
        case costBuckets = "cost_buckets"
    }

    public enum Function: String, CaseIterable, Sendable {
        case sum
        case count
        case avg
        case p95
        case uniqueCount = "unique_count"
    }

    public var kind: Kind
    public var functions: [Function]

    public init(kind: Kind, functions: [Function]) {
        self.kind = kind
        self.functions = functions
    }

    /// The functions that Weir computes for each strategy; a contract may state these or fewer.
    public static let standard: [AggregationStrategy] = [
        .init(kind: .timeWindow, functions: [.sum, .count, .avg, .p95, .uniqueCount]),
        .init(kind: .stageGrouping, functions: [.sum, .count, .avg, .p95, .uniqueCount]),
        .init(kind: .workflowGrouping, functions: [.sum, .count, .uniqueCount]),
        .init(kind: .qualityScoreBuckets, functions: [.count, .avg]),
        .init(kind: .costBuckets, functions: [.count, .avg]),
    ]
}

extension Duration {
    /// Whole microseconds, saturating.
    public var inMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// Whole milliseconds, saturating.
    public var inMilliseconds: Int64 { inMicroseconds / 1000 }
}
