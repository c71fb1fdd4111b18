extension ControlRequest {
    /// What is asked, in a word or two, as logs name it.
    public var verb: String {
        switch self {
        case .joinWorker: "join"
        case .reportIngest: "report of an ingest"
        case .commit: "commit"
        case .lease: "lease"
        case .report: "report of results"
        case .admin(let request): request.verb
        case .leave: "leave"
        }
    }
}

extension AdminRequest {
    /// What is asked, in a word or two, as logs and the audit log name it.
    public var verb: String {
        switch self {
        case .status: "status"
        case .flush: "flush"
        case .windows: "list windows"
        case .window: "show window"
        case .emissions: "list emissions"
        case .workflow: "show workflow"
        case .stuckWorkflows: "list stuck workflows"
        case .failedWorkflows: "list failed workflows"
        case .intents: "list intents"
        case .intent: "show intent"
        case .quarantine: "list quarantine"
        case .quarantinedLine: "show quarantined line"
        case .settleQuarantine(_, .replayed): "mark quarantined lines as replayed"
        case .settleQuarantine(_, .dropped): "drop quarantined lines"
        case .nodes: "list nodes"
        case .shards: "list shards"
        case .drain(_, undo: false, isDryRun: _): "drain"
        case .drain(_, undo: true, isDryRun: _): "undo drain"
        case .forget: "forget"
        case .rebalance: "rebalance"
        case .replayWindows: "replay windows"
        case .retryIntents: "retry intents"
        case .rolling: "show rolling window"
        case .alerts: "list alerts"
        case .alertHistory: "list alert history"
        case .trends: "show trends"
        }
    }
}
