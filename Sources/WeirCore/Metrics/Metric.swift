/// A figure of a window's record that can be compared with a threshold, and followed over time. Raw values are the fields of the
/// record (SPEC 3), `failures` and `stuck_workflows` aside.
public enum Metric: String, CaseIterable, Sendable, Hashable {
    case totalGenerations = "total_generations"
    case successfulGenerations = "successful_generations"
    case failedGenerations = "failed_generations"
    case successRate = "success_rate"
    case averageDuration = "avg_duration_seconds"
    case medianDuration = "p50_duration_seconds"
    case p95Duration = "p95_duration_seconds"
    case p99Duration = "p99_duration_seconds"
    case averageQuality = "avg_quality_score"
    case averageCoverage = "avg_test_coverage"
    case averageComplexity = "avg_complexity_score"
    case totalTokens = "total_tokens"
    case totalCost = "total_cost_usd"
    case averageCost = "avg_cost_per_generation"
    case workflowsTracked = "workflow_ids_tracked"
    case eventsProcessed = "events_processed"
    /// Of a stage.
    case totalCompleted = "total_completed"
    case totalFailed = "total_failed"
    case uniqueWorkflows = "unique_workflows"
    /// Of an error code: its count in `failures_by_error_code`.
    case failures = "failures"
    /// Unfinished workflows that are silent for longer than `stuck_after`, at the end of a window. Workers know them, records do
    /// not.
    case stuckWorkflows = "stuck_workflows"

    /// The metrics of whole windows, or of the groups of a dimension, in the order of the record.
    public static func metrics(of dimension: Dimension?) -> [Metric] {
        switch dimension {
        case nil:
            [
                .totalGenerations, .successfulGenerations, .failedGenerations, .successRate, .averageDuration,
                .medianDuration, .p95Duration, .p99Duration, .averageQuality, .averageCoverage, .averageComplexity,
                .totalTokens, .totalCost, .averageCost, .workflowsTracked, .eventsProcessed,
            ]
        case .stage: [.totalCompleted, .totalFailed, .averageDuration, .p95Duration, .uniqueWorkflows]
        case .model:
            [.totalGenerations, .averageDuration, .averageQuality, .totalTokens, .totalCost, .averageCost]
        case .nodeType: [.totalGenerations, .averageDuration, .averageQuality]
        case .errorCode: [.failures]
        }
    }

    /// Whether the figure describes the generations of a window rather than counting or adding them: without any there is no figure.
    public var isMean: Bool {
        switch self {
        case .successRate, .averageDuration, .medianDuration, .p95Duration, .p99Duration, .averageQuality,
            .averageCoverage, .averageComplexity, .averageCost:
            true
        case .totalGenerations, .successfulGenerations, .failedGenerations, .totalTokens, .totalCost, .workflowsTracked,
            .eventsProcessed, .totalCompleted, .totalFailed, .uniqueWorkflows, .failures, .stuckWorkflows:
            false
        }
    }
}

extension Dimension {
    /// As configuration, commands and JSON name it.
    public var name: String {
        switch self {
        case .stage: "stage"
        case .model: "model"
        case .nodeType: "node_type"
        case .errorCode: "error_code"
        }
    }

    public init?(name: some StringProtocol) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}
