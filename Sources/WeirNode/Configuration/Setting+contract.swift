import WeirCore

extension Setting {
    /// The keys of `contract.yaml`.
    static let contract: [Setting] = [
        Setting(.contract, "name", \.contract.name, .text()),
        Setting(.contract, "version", \.contract.version, .version),
        Setting(.contract, "node_type", \.contract.nodeType, .text()),
        Setting(.contract, "parts.aggregation", pathOf: .aggregation),
        Setting(.contract, "parts.streaming", pathOf: .streaming),
        Setting(.contract, "parts.intent_publisher", pathOf: .intentPublisher),
        Setting(.contract, "parts.fsm", pathOf: .fsm),
        Setting(.contract, "parts.alerts", pathOf: .alerts),
    ]

    /// The keys of `contracts/aggregation.yaml`.
    static let aggregation: [Setting] = [
        Setting(
            .aggregation,
            "exact_limit",
            \.contract.aggregation.exactQuantileValues,
            .integer(1...1_000_000)
        ),
        Setting(
            .aggregation,
            "exact_distinct_limit",
            \.contract.aggregation.exactDistinctValues,
            .integer(1...1_000_000)
        ),
        Setting(.aggregation, "group_keys_max", \.contract.aggregation.groupKeys, .integer(1...100_000)),
        Setting(.aggregation, "top_workflows", \.contract.aggregation.topWorkflows, .integer(1...1000)),
        Setting(
            .aggregation,
            "quality_score_edges",
            \.contract.aggregation.qualityEdges,
            .edges(upTo: 1, what: "scores")
        ),
        Setting(
            .aggregation,
            "cost_edges_usd",
            \.contract.aggregation.costEdges,
            .edges(upTo: 1_000_000, what: "costs in US dollars")
        ),
        Setting(
            .aggregation,
            "strategies",
            read: AggregationStrategy.read,
            write: { AggregationStrategy.write($0.contract.strategies) }
        ),
    ]

    /// The keys of `contracts/streaming.yaml`.
    static let streaming: [Setting] =
        [
            Setting(
                .streaming,
                "window_size_ms",
                \.contract.windows.layout,
                .windowSize,
                isOverridable: true
            ),
            Setting(
                .streaming,
                "window_types",
                \.contract.windows.types,
                .windowTypes,
                isOverridable: true
            ),
            Setting(
                .streaming,
                "late_arrival_tolerance_ms",
                \.contract.windows.lateArrivalTolerance,
                .milliseconds(0...86_400_000),
                isOverridable: true
            ),
            Setting(
                .streaming,
                "idle_timeout_ms",
                \.contract.windows.idleTimeout,
                .milliseconds(10...86_400_000),
                isOverridable: true
            ),
            Setting(.streaming, "max_lateness", \.contract.windows.maxLateness, .horizon, isOverridable: true),
            Setting(.streaming, "dedup_horizon", \.contract.windows.dedupHorizon, .horizon, isOverridable: true),
            Setting(
                .streaming,
                "revision_delay_ms",
                \.contract.windows.revisionDelay,
                .milliseconds(0...3_600_000),
                isOverridable: true
            ),
            Setting(.streaming, "batch_size", \.contract.batches.size, .integer(1...100_000), isOverridable: true),
            Setting(
                .streaming,
                "batch_wait_ms",
                \.contract.batches.wait,
                .milliseconds(0...10_000),
                isOverridable: true
            ),
            Setting(.streaming, "line_bytes_max", \.contract.events.lineBytesMax, .bytes(1 << 10...64 << 20)),
        ]
        + EventKind.allCases.map { kind in
            Setting(.streaming, "topics.\(kind.name)", \.contract.events[topicOf: kind], .topic)
        }

    /// The keys of `contracts/intent_publisher.yaml`.
    static let intentPublisher: [Setting] = [
        Setting(.intentPublisher, "intent_topic", \.contract.intents.intentTopic, .topic),
        Setting(.intentPublisher, "record_topic", \.contract.intents.recordTopic, .topic),
        Setting(.intentPublisher, "priority", \.contract.intents.priority, .integer(1...10)),
        Setting(.intentPublisher, "alert_priority", \.contract.intents.alertPriority, .integer(1...10)),
        Setting(.intentPublisher, "created_by", \.contract.intents.createdBy, .text()),
        Setting(
            .intentPublisher,
            "retry_policy.attempts_max",
            \.contract.intents.retry.attemptsMax,
            .integer(1...1000)
        ),
        Setting(
            .intentPublisher,
            "retry_policy.backoff_initial_ms",
            \.contract.intents.retry.backoffInitial,
            .milliseconds(1...3_600_000)
        ),
        Setting(
            .intentPublisher,
            "retry_policy.backoff_max_ms",
            \.contract.intents.retry.backoffMax,
            .milliseconds(1...86_400_000)
        ),
        Setting(
            .intentPublisher,
            "retry_policy.backoff_multiplier",
            \.contract.intents.retry.multiplier,
            .number(1...100)
        ),
    ]

    /// The keys of `contracts/fsm.yaml`.
    static let fsm: [Setting] =
        StateMachineDefinition.workflow.settings + [
            Setting(
                .fsm,
                "workflow.stuck_after",
                \.contract.workflows.stuckAfter,
                .duration(.seconds(1) ... .seconds(365 * 86_400)),
                isOverridable: true
            )
        ] + StateMachineDefinition.window.settings
}

extension EventSettings {
    fileprivate subscript(topicOf kind: EventKind) -> String {
        get { topics[kind] ?? "" }
        set { topics[kind] = newValue }
    }
}
