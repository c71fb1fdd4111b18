/// Every metric of a node, with what it means: the names of Prometheus, in the order of their output.
public enum NodeMetric: String, CaseIterable, Sendable {
    case ingestEvents = "weir_ingest_events_total"
    case ingestQuarantined = "weir_ingest_quarantined_total"
    case ingestBytes = "weir_ingest_bytes_total"
    case ingestRequests = "weir_ingest_requests_total"
    case ingestRequestSeconds = "weir_ingest_request_duration_seconds"
    case ingestWaiting = "weir_ingest_waiting_requests"
    case ingestWaitingMax = "weir_ingest_waiting_requests_limit"
    case ingestLag = "weir_ingest_lag_bytes"
    case ingestLagMax = "weir_ingest_lag_bytes_limit"
    case ingestEpoch = "weir_ingest_epoch"
    case deliveries = "weir_deliveries_total"
    case kafkaLag = "weir_kafka_lag"
    case kafkaCommits = "weir_kafka_commits_total"
    case kafkaFailures = "weir_kafka_failures_total"
    case journalFrames = "weir_journal_frames_total"
    case journalBytes = "weir_journal_written_bytes_total"
    case journalFsyncSeconds = "weir_journal_fsync_duration_seconds"
    case journalFailures = "weir_journal_write_failures_total"
    case journalLast = "weir_journal_last_frame"
    case commits = "weir_worker_commits_total"
    case commitSeconds = "weir_worker_commit_duration_seconds"
    case workerEpoch = "weir_worker_epoch"
    case workerUncommitted = "weir_worker_uncommitted_events"
    case clusterReady = "weir_cluster_ready"
    case clusterEpoch = "weir_cluster_epoch"
    case clusterNodes = "weir_cluster_nodes"
    case clusterWorkerShards = "weir_cluster_worker_shards"
    case clusterNodesLost = "weir_cluster_nodes_lost_total"
    case clusterProblems = "weir_cluster_problems"
    case epochsBegun = "weir_cluster_epochs_begun_total"
    case events = "weir_events_total"
    case quarantined = "weir_quarantined_events_total"
    case impossibleTransitions = "weir_workflow_impossible_transitions_total"
    case watermark = "weir_watermark_timestamp_seconds"
    case watermarkLag = "weir_watermark_lag_seconds"
    case sourceNewest = "weir_source_newest_event_timestamp_seconds"
    case sourceIdle = "weir_source_idle"
    case sourceLag = "weir_source_lag_frames"
    case openWindows = "weir_windows_open"
    case windowsClosed = "weir_windows_closed_total"
    case windowLatency = "weir_window_latency_seconds"
    case transactions = "weir_store_transactions_total"
    case transactionSeconds = "weir_store_transaction_duration_seconds"
    case storeFailures = "weir_store_failures_total"
    case coordinatorLeads = "weir_coordinator_leads"
    case coordinatorTerm = "weir_coordinator_term"
    case coordinatorInbox = "weir_coordinator_inbox_requests"
    case intentsPending = "weir_intents_pending"
    case intentsRetried = "weir_intents_retried_total"
    case intentsDead = "weir_intents_dead_lettered_total"
    case intentAttempts = "weir_intent_attempts_total"
    case intentSeconds = "weir_intent_execution_duration_seconds"
    case sinkFailures = "weir_sink_failures_total"
    case httpRequests = "weir_http_requests_total"
    case httpStreams = "weir_http_streams"
    case diskFree = "weir_data_directory_free_bytes"
    case windowStart = "weir_window_start_timestamp_seconds"
    case windowGenerations = "weir_window_generations"
    case windowSuccess = "weir_window_success_ratio"
    case windowDuration = "weir_window_generation_duration_seconds"
    case windowQuality = "weir_window_quality_score"
    case windowTokens = "weir_window_tokens"
    case windowCost = "weir_window_cost_dollars"
    case modelGenerations = "weir_window_model_generations"
    case modelQuality = "weir_window_model_quality_score"
    case modelDuration = "weir_window_model_duration_seconds"
    case modelCost = "weir_window_model_cost_dollars"
    case stageDuration = "weir_window_stage_duration_seconds"
    case stageFailures = "weir_window_stage_failures"
    case nodeTypeGenerations = "weir_window_node_type_generations"
    case errorCodes = "weir_window_failures"
    case traceSpans = "weir_trace_spans_total"
    case build = "weir_build_info"
    case processMemory = "process_resident_memory_bytes"
    case processCPU = "process_cpu_seconds_total"
    case processFiles = "process_open_fds"

    public enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    /// Values of label dimensions that come from events (models, stages, …): the largest groups, at most.
    static let groupsMax = 50

    public var kind: Kind { definition.kind }
    /// Names of its labels.
    public var labels: [String] { definition.labels }
    public var help: String { definition.help }

    private var definition: (kind: Kind, labels: [String], help: String) {
        switch self {
        case .ingestEvents: (.counter, ["source"], "Lines acknowledged to producers, quarantined ones included.")
        case .ingestQuarantined:
            (.counter, ["source"], "Acknowledged lines that the ingest found to be no valid events.")
        case .ingestBytes: (.counter, ["source"], "Bytes of acknowledged requests.")
        case .ingestRequests:
            (.counter, ["source", "outcome"], "Requests of producers: accepted, retry (send again later), rejected.")
        case .ingestRequestSeconds:
            (.histogram, ["source"], "From a producer's request to its answer, which means that it is on disk.")
        case .ingestWaiting: (.gauge, [], "Requests that wait for slow workers; at the limit further ones are refused.")
        case .ingestWaitingMax: (.gauge, [], "ingest.waiting_max.")
        case .ingestLag: (.gauge, ["worker"], "Bytes of frames on disk that a worker has not applied.")
        case .ingestLagMax: (.gauge, [], "ingest.lag_bytes_max: beyond it producers wait.")
        case .ingestEpoch: (.gauge, [], "The epoch that the ingest knows.")
        case .deliveries:
            (.counter, ["worker", "outcome"], "Deliveries to workers: answered, or failed and made again.")
        case .kafkaLag:
            (.gauge, ["topic", "partition"], "Messages of a partition read here that are not in the journal yet.")
        case .kafkaCommits:
            (.counter, ["outcome"], "Times that the consumer group was told what is on disk: committed, failed.")
        case .kafkaFailures: (.counter, [], "Times that reading Kafka failed and was tried again.")
        case .journalFrames: (.counter, [], "Frames written and synced.")
        case .journalBytes: (.counter, [], "Bytes of frames written and synced.")
        case .journalFsyncSeconds: (.histogram, [], "Time to write and sync what had gathered.")
        case .journalFailures: (.counter, [], "Writes that failed; their producers were asked to send again.")
        case .journalLast: (.gauge, [], "Sequence of the last synced frame.")
        case .commits:
            (
                .counter, ["worker", "outcome"],
                "Commits of a worker: committed, refused (wrong epoch), unanswered (made again)."
            )
        case .commitSeconds:
            (.histogram, ["worker"], "From a commit to its receipt, which means that it is in the store.")
        case .workerEpoch: (.gauge, ["worker"], "The epoch that a worker takes part in; 0 outside.")
        case .workerUncommitted: (.gauge, ["worker"], "Events in a worker's deltas.")
        case .clusterReady: (.gauge, [], "1 when the cluster has a placement and takes events.")
        case .clusterEpoch: (.gauge, [], "The epoch of the shard map.")
        case .clusterNodes: (.gauge, ["role"], "Nodes that the coordinator hears of.")
        case .clusterWorkerShards: (.gauge, ["worker"], "Shards that a worker owns.")
        case .clusterNodesLost: (.counter, ["role"], "Nodes that went silent without a word.")
        case .clusterProblems:
            (.gauge, ["kind", "severity"], "What is wrong now, as weirctl status tells it in words.")
        case .epochsBegun: (.counter, [], "Epochs that this coordinator began.")
        case .events:
            (.counter, ["outcome"], "Lines by what became of them in the store: counted, duplicate, quarantined.")
        case .quarantined: (.counter, ["reason"], "Quarantined lines by reason.")
        case .impossibleTransitions: (.counter, [], "Steps of workflows that can't be.")
        case .watermark: (.gauge, [], "The committed watermark, in event time.")
        case .watermarkLag: (.gauge, [], "Wall clock minus watermark: of a live stream, how far behind windows close.")
        case .sourceNewest: (.gauge, ["ingest"], "Newest committed event time of a source.")
        case .sourceIdle: (.gauge, ["ingest"], "1 when a source is silent, and so does not hold the watermark back.")
        case .sourceLag: (.gauge, ["ingest"], "Frames on a source's disk that are not committed for every shard.")
        case .openWindows: (.gauge, [], "Windows with data that no intent covers.")
        case .windowsClosed: (.counter, ["window_type", "kind"], "Windows that closed: first, or revision.")
        case .windowLatency:
            (
                .histogram, ["window_type"],
                "From the end of a window to its closing, by the wall clock; of events of the past it is as old as they are."
            )
        case .transactions: (.counter, [], "Transactions of the coordinator's store.")
        case .transactionSeconds: (.histogram, [], "Time that a transaction took, sync included.")
        case .storeFailures: (.counter, [], "Times that the store failed and the coordinator started over from it.")
        case .coordinatorLeads: (.gauge, [], "1 of the coordinator that leads, 0 of a standby.")
        case .coordinatorTerm: (.gauge, [], "The term in which a coordinator leads, where several share a store.")
        case .coordinatorInbox: (.gauge, [], "Inputs that wait for the coordinator's machine.")
        case .intentsPending: (.gauge, [], "Intents that are yet to be carried out.")
        case .intentsRetried: (.counter, [], "Attempts that failed and are made again.")
        case .intentsDead: (.counter, [], "Intents that were given up.")
        case .intentAttempts:
            (.counter, ["executor", "outcome"], "Attempts to carry out an intent: success or failure.")
        case .intentSeconds: (.histogram, ["executor"], "Time that an attempt took, all sinks together.")
        case .sinkFailures: (.counter, ["sink"], "Attempts that failed at a sink.")
        case .httpRequests: (.counter, ["route", "status"], "Answers of the HTTP interface.")
        case .httpStreams: (.gauge, [], "Clients of /v1/stream.")
        case .diskFree: (.gauge, [], "Free bytes on the disk of the data directory.")
        case .windowStart:
            (
                .gauge, ["window_type"],
                "Start of the newest closed window, to which the other weir_window_ values belong."
            )
        case .windowGenerations:
            (.gauge, ["window_type", "state"], "Generations in the newest window: started, completed, failed.")
        case .windowSuccess: (.gauge, ["window_type"], "Completed of those that ended.")
        case .windowDuration:
            (.gauge, ["window_type", "statistic"], "Durations of completed generations: avg, p50, p95, p99, max.")
        case .windowQuality: (.gauge, ["window_type"], "Mean quality score of completed generations.")
        case .windowTokens: (.gauge, ["window_type"], "Tokens of completed generations.")
        case .windowCost: (.gauge, ["window_type"], "Cost of completed generations.")
        case .modelGenerations: (.gauge, ["window_type", "model"], "Completed generations by model.")
        case .modelQuality: (.gauge, ["window_type", "model"], "Mean quality score by model.")
        case .modelDuration: (.gauge, ["window_type", "model"], "Mean duration by model.")
        case .modelCost: (.gauge, ["window_type", "model"], "Cost by model.")
        case .stageDuration: (.gauge, ["window_type", "stage", "statistic"], "Durations of stages: avg, p95.")
        case .stageFailures: (.gauge, ["window_type", "stage"], "Generations that failed in a stage.")
        case .nodeTypeGenerations: (.gauge, ["window_type", "node_type"], "Completed generations by node type.")
        case .errorCodes: (.gauge, ["window_type", "error_code"], "Failed generations by error code.")
        case .traceSpans: (.counter, ["outcome"], "Spans of traced events: written, or dropped.")
        case .build: (.gauge, ["version"], "1, with the version as label.")
        case .processMemory: (.gauge, [], "Resident memory of the process.")
        case .processCPU: (.counter, [], "CPU time of the process.")
        case .processFiles: (.gauge, [], "Open file descriptors of the process.")
        }
    }
}
