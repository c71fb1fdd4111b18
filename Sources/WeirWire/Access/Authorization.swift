/// Who may say what: the one table of it.
public enum Authorization {
    /// The roles that may make a request of a coordinator.
    public static func roles(for request: ControlRequest) -> Set<PeerRole> {
        switch request {
        case .joinWorker, .commit: [.worker]
        case .reportIngest: [.ingest]
        case .lease, .report: [.executor]
        // Of itself: the coordinator also compares the role with what the name is known as.
        case .leave: [.worker, .ingest, .executor]
        case .admin(let request): Set(PeerRole.allCases.filter { $0.level >= level(for: request) })
        }
    }

    /// What is said to who may not make a request.
    public static func refusal(of request: ControlRequest, from speaker: Speaker) -> String {
        let allowed = PeerRole.allCases.filter(roles(for: request).contains)
        if case .admin(let admin) = request {
            let role = PeerRole(atLeast: level(for: admin))
            return
                "\(admin.verb) needs the role \(role), and \(speaker) was proven; give the secret of the role \(role) (--role-secret \(role)=FILE, security.role_secrets.\(role))"
        }
        return
            "\(request.verb) is for the role \(allowed.map(\.name).joined(separator: " or ")), and \(speaker) was proven; give each node the secret of its own role (security.role_secrets)"
    }

    /// The roles that may bring a ``Delivery`` to a worker.
    public static let rolesForDelivery: Set<PeerRole> = [.ingest]

    /// What is said to who may not bring one.
    public static func refusalOfDelivery(from speaker: Speaker) -> String {
        "deliveries are for the role ingest, and \(speaker) was proven; give each node the secret of its own role (security.role_secrets)"
    }

    /// How far an operator's right has to go for a request. A dry run changes nothing.
    public static func level(for request: AdminRequest) -> AccessLevel {
        switch request {
        case .status, .windows, .window, .emissions, .workflow, .stuckWorkflows, .failedWorkflows, .intents, .intent,
            .quarantine, .quarantinedLine, .nodes, .shards, .rolling, .alerts, .alertHistory, .trends,
            .drain(_, _, isDryRun: true), .forget(_, isDryRun: true), .rebalance(isDryRun: true):
            .view
        case .flush, .settleQuarantine, .drain, .rebalance, .replayWindows, .retryIntents: .operate
        case .forget: .administer
        }
    }
}
