import WeirCluster
import WeirCore
import WeirWire

/// The schemas of what routes answer, by name.
enum ResponseSchemas {
    static let all: [(String, JSONSchema)] = [
        ("Problem", problem), ("Health", health), ("Accepted", accepted), ("WindowRecord", windowRecord),
        ("Window", window),
        ("Workflow", workflow), ("Intent", .object(intentMembers)), ("IntentWithResults", intentWithResults),
        ("QuarantinedLine", quarantinedLine), ("Cluster", cluster), ("WorkflowCost", workflowCost),
        ("RollingRecord", rollingRecord), ("Alert", alert), ("AlertTransition", alertTransition), ("Trends", trends),
        ("Anomaly", anomaly), ("Forgotten", forgotten),
    ]

    /// Of `/v1/windows`: a page, or with mode=rolling one record.
    static let windowsOrRolling = JSONSchema.either([
        page(of: "windows", "WindowRecord"), .reference("RollingRecord"),
    ])

    static func page(of name: String, _ element: String) -> JSONSchema {
        .object([(name, .array(.reference(element))), ("next_cursor", .nullable(.text))])
    }

    private static let problem = JSONSchema.object(
        [
            ("type", .string(pattern: "^urn:weir:problem:")), ("title", .text),
            ("status", .integer(minimum: 400, maximum: 599)),
            ("detail", .text), ("instance", .text), ("needed_role", .oneOf(TokenRole.allCases.map(\.rawValue))),
        ],
        optional: ["needed_role"]
    )

    private static let health = JSONSchema.object(
        [
            ("status", .oneOf(["ready", "starting"])), ("node_id", .text), ("node_type", .text), ("version", .text),
            ("window_type", .text), ("batch_size", .count), ("reason", .text), ("role", .oneOf(["leader", "standby"])),
            ("term", .count), ("leader", .nullable(.text)), ("leader_url", .nullable(.text)),
        ],
        optional: ["reason", "role", "term", "leader", "leader_url"]
    )

    private static let forgotten = JSONSchema.object([
        ("name", .text), ("dry_run", .boolean), ("epoch", .count), ("committed_frame", .count),
        ("last_frame", .nullable(.count)), ("frames_given_up", .nullable(.count)),
    ])

    private static let accepted = JSONSchema.object([("accepted", .count), ("quarantined", .count), ("seq", .count)])

    private static let windowTypes = JSONSchema.oneOf(WindowType.allCases.map(\.name))
    private static let windowStates = JSONSchema.oneOf(WindowStateMachine.State.allCases.map(\.name))

    // MARK: Windows

    /// What follows from events alone, in records of all kinds.
    private static let figures: [(String, JSONSchema)] = [
        ("total_generations", .count),
        ("successful_generations", .count),
        ("failed_generations", .count), ("success_rate", .nullable(.number)), ("avg_duration_seconds", .number),
        ("min_duration_seconds", .number), ("max_duration_seconds", .number), ("p50_duration_seconds", .number),
        ("p95_duration_seconds", .number), ("p99_duration_seconds", .number), ("avg_quality_score", .number),
        ("avg_test_coverage", .nullable(.number)), ("avg_complexity_score", .nullable(.number)),
        ("total_tokens", .count),
        ("total_cost_usd", .number), ("avg_cost_per_generation", .number), ("intelligence_enabled_count", .count),
        ("avg_patterns_applied", .number), ("avg_stage_durations", .map(.number)),
        ("stage_metrics", .map(.map(.number))),
        ("model_metrics", .map(.map(.number))), ("node_type_metrics", .map(.map(.number))),
        ("failures_by_error_code", .map(.count)), ("quality_score_buckets", .array(.map(.nullable(.number)))),
        ("cost_buckets", .array(.map(.nullable(.number)))),
        ("top_workflows_by_cost", .array(.reference("WorkflowCost"))),
        ("top_workflows_by_duration", .array(.reference("WorkflowCost"))), ("workflow_ids_tracked", .count),
        ("events_processed", .count), ("estimates", .map(.anything)),
    ]

    private static let windowRecord = JSONSchema.object(
        [
            ("state", windowStates), ("event_type", .text), ("event_id", .uuid), ("correlation_id", .uuid),
            ("aggregation_id", .uuid), ("window_type", windowTypes), ("aggregation_type", windowTypes),
            ("window_start", .moment),
            ("window_end", .moment), ("revision", .count),
        ] + figures + [
            ("timestamp", .moment), ("created_at", .moment), ("aggregation_duration_ms", .number),
            ("items_per_second", .number),
        ],
        // `state` is of open windows; the others of closed ones.
        optional: [
            "state", "event_type", "event_id", "correlation_id", "aggregation_id", "timestamp", "created_at",
            "aggregation_duration_ms", "items_per_second",
        ]
    )

    private static let rollingRecord = JSONSchema.object(
        [
            ("mode", .oneOf(["rolling"])), ("window_type", windowTypes), ("aggregation_type", windowTypes),
            ("at", .moment),
            ("window_start", .moment), ("window_end", .moment), ("start_rounded_to", windowTypes),
            ("end_rounded_to", windowTypes), ("closed", .boolean), ("watermark", .nullable(.moment)),
        ] + figures
    )

    private static let workflowCost = JSONSchema.object([
        ("workflow_id", .uuid), ("duration_seconds", .number), ("total_tokens", .count), ("total_cost_usd", .number),
    ])

    private static let transition = JSONSchema.object([
        ("from", .nullable(windowStates)), ("to", windowStates), ("cause", .text), ("revision", .count),
        ("at", .moment),
    ])

    private static let window = JSONSchema.object([
        ("window_type", windowTypes), ("window_start", .moment), ("window_end", .moment), ("state", windowStates),
        ("revision", .count), ("record", .nullable(.reference("WindowRecord"))),
        (
            "revisions",
            .array(
                .object([
                    ("revision", .count), ("cause", .nullable(.text)), ("opened_at", .nullable(.moment)),
                    ("closed_by", .nullable(.text)), ("closed_at", .nullable(.moment)), ("intent_id", .nullable(.uuid)),
                ])
            )
        ),
        ("transitions", .array(transition)), ("intents", .array(.reference("Intent"))),
        (
            "provenance",
            .object([
                ("is_complete", .boolean),
                (
                    "epochs",
                    .array(
                        .object([
                            ("epoch", .count), ("began_at", .nullable(.moment)),
                            (
                                "workers",
                                .array(
                                    .object([
                                        ("worker", .text), ("shards", .array(.count)), ("events", .count),
                                        ("commits", .count),
                                        ("first_commit", .count), ("last_commit", .count),
                                        (
                                            "inputs",
                                            .array(
                                                .object([
                                                    ("ingest", .text), ("first_frame", .count), ("last_frame", .count),
                                                ])
                                            )
                                        ),
                                    ])
                                )
                            ),
                        ])
                    )
                ),
            ])
        ),
    ])

    // MARK: Workflows, intents, quarantine

    private static let workflowStates = JSONSchema.oneOf(WorkflowStateMachine.State.allCases.map(\.name))

    private static let workflow = JSONSchema.object([
        ("workflow_id", .uuid), ("correlation_id", .uuid), ("state", workflowStates), ("first_seen", .moment),
        ("last_seen", .moment), ("retries", .count), ("impossible_transitions", .count), ("stages_completed", .count),
        ("events", .count),
        ("stages", .array(.object([("number", .integer(minimum: 1, maximum: 8)), ("name", .text), ("at", .moment)]))),
        (
            "transitions",
            .array(
                .object([
                    ("from", .nullable(workflowStates)), ("to", workflowStates), ("at", .moment), ("cause", .text),
                    ("implied", .boolean), ("impossible", .boolean),
                ])
            )
        ),
    ])

    private static let intentMembers: [(String, JSONSchema)] = [
        ("intent_id", .uuid), ("correlation_id", .uuid), ("state", .oneOf(["pending", "completed", "failed"])),
        ("window_type", windowTypes), ("window_start", .moment), ("revision", .count),
        ("priority", .integer(minimum: 1, maximum: 10)),
        ("attempts", .count), ("created_at", .moment), ("executed_at", .nullable(.moment)),
        ("last_error", .nullable(.text)),
    ]

    private static let intentWithResults = JSONSchema.object(
        intentMembers + [
            (
                "results",
                .array(
                    .object([
                        ("attempt", .count), ("executor", .text), ("executed_at", .moment), ("success", .boolean),
                        ("error_message", .nullable(.text)), ("execution_duration_ms", .number),
                    ])
                )
            ), ("intent", .map(.anything)),
        ]
    )

    private static let quarantinedLine = JSONSchema.object(
        [
            ("id", .count), ("reason", .oneOf(QuarantineReason.allCases.map(\.rawValue))), ("detail", .text),
            ("ingest", .text),
            ("frame", .count), ("line", .count), ("stored_at", .moment), ("replayed_at", .nullable(.moment)),
            ("text", .text),
            ("base64", .text),
        ],
        optional: ["text", "base64"]
    )

    // MARK: Alerts

    private static let alertStates = JSONSchema.oneOf(["ok", "pending", "firing", "resolved"])
    private static let dimension = JSONSchema.nullable(.oneOf(Dimension.allCases.map(\.name)))

    private static let alert = JSONSchema.object([
        ("rule", .text), ("group_by", dimension), ("group", .nullable(.text)), ("state", alertStates),
        ("since", .nullable(.moment)), ("severity", .oneOf(AlertRule.Severity.allCases.map(\.rawValue))),
        ("metric", .text), ("value", .nullable(.number)), ("baseline", .nullable(.number)),
        ("ratio", .nullable(.number)), ("bound", .oneOf(["below", "above"])), ("threshold", .number),
        ("clear", .number), ("window_type", windowTypes), ("window_start", .nullable(.moment)),
        ("incident_id", .nullable(.uuid)),
    ])

    private static let alertTransition = JSONSchema.object([
        ("rule", .text), ("group", .nullable(.text)), ("from", alertStates), ("to", alertStates),
        ("cause", .oneOf(AlertStateMachine.Cause.allCases.map(\.name))), ("window_type", windowTypes),
        ("window_start", .moment), ("revision", .count), ("value", .number), ("at", .moment),
    ])

    private static let anomaly = JSONSchema.object([
        ("at", .moment), ("value", .number), ("score", .nullable(.number)), ("anomalous", .boolean),
        ("median", .number), ("spread", .number), ("compared_with", .count),
    ])

    private static let trend = JSONSchema.object(
        [
            ("metric", .text), ("group_by", dimension), ("group", .nullable(.text)), ("points", .count),
            ("from", .nullable(.moment)), ("to", .nullable(.moment)), ("latest_value", .nullable(.number)),
            ("direction", .nullable(.oneOf(TheilSen.Direction.allCases.map(\.rawValue)))),
            (
                "slope",
                .nullable(
                    .object([
                        ("per_day", .number), ("per_day_lower", .number), ("per_day_upper", .number),
                        ("intercept", .number),
                    ])
                )
            ),
            ("change_points", .array(.object([("at", .moment), ("before", .number), ("after", .number)]))),
            ("latest", .nullable(.reference("Anomaly"))), ("anomalies", .array(.reference("Anomaly"))),
            ("series", .array(.array(.anything))),
        ],
        optional: ["series"]
    )

    private static let trends = JSONSchema.object([
        ("window_type", windowTypes), ("group_by", dimension),
        ("season", .oneOf(SeasonalAnomaly.Season.allCases.map(\.rawValue))), ("windows", .count),
        ("truncated", .boolean), ("trends", .array(trend)),
    ])

    // MARK: Cluster

    private static let cluster = JSONSchema.object(
        [
            ("status", .oneOf(["ready", "starting"])), ("contract", .text), ("term", .count), ("epoch", .count),
            ("shards", .count),
            ("watermark", .nullable(.moment)), ("max_lateness_ms", .nullable(.count)),
            ("dedup_horizon_ms", .nullable(.count)), ("uptime_seconds", .count),
            (
                "problems",
                .array(
                    .object([
                        ("kind", .oneOf(ClusterProblem.Kind.allCases.map(\.rawValue))),
                        ("severity", .oneOf(AlertRule.Severity.allCases.map(\.rawValue))), ("subject", .text),
                        ("since", .nullable(.moment)), ("what", .text), ("advice", .text),
                    ])
                )
            ),
            (
                "events",
                .object([
                    ("accepted", .count), ("counted", .count), ("duplicate", .count), ("quarantined", .count),
                    ("quarantined_by_reason", .map(.count)), ("impossible_workflow_transitions", .count),
                ])
            ),
            ("open_windows", .count), ("pending_intents", .count), ("flushing", .boolean),
            (
                "workers",
                .array(
                    .object([
                        ("name", .text), ("url", .text), ("shards", .count), ("commits", .count),
                        ("silent_ms", .integer()),
                    ])
                )
            ),
            (
                "ingests",
                .array(
                    .object([
                        ("name", .text), ("accepted", .count), ("last_frame", .count), ("committed_frame", .count),
                        ("lag_frames", .count), ("newest_event", .nullable(.moment)), ("idle", .boolean),
                        ("silent_ms", .integer()),
                    ])
                )
            ),
            ("executors", .array(.text)),
        ],
        optional: ["term"]
    )
}
