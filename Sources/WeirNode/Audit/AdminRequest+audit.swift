import WeirCore
import WeirWire

extension AdminRequest {
    /// Whether it is told in the audit log: whatever changes something.
    var isAudited: Bool { Authorization.level(for: self) > .view }

    /// What it is asked of, for the audit log.
    var auditSubject: String {
        switch self {
        case .drain(let node, _, _), .forget(let node, _): node.text
        case .settleQuarantine(let ids, _): Self.list(ids.map(\.description))
        case .retryIntents(let ids): ids.isEmpty ? "all dead letters" : Self.list(ids.map(\.description))
        case .replayWindows(let query):
            "\(query.type?.name ?? "all types") from \(query.from?.description ?? "the first") to \(query.to?.description ?? "the last")"
        case .flush, .rebalance: "the cluster"
        case .status, .windows, .window, .emissions, .workflow, .stuckWorkflows, .failedWorkflows, .intents, .intent,
            .quarantine, .quarantinedLine, .nodes, .shards, .rolling, .alerts, .alertHistory, .trends:
            ""
        }
    }

    /// Ids that are named one by one.
    private static let idsNamed = 8

    private static func list(_ ids: [String]) -> String {
        let named = ids.prefix(idsNamed).joined(separator: " ")
        return ids.count > idsNamed ? "\(named) and \(ids.count - idsNamed) more" : named
    }
}
