import WeirWire

/// What the holder of a token may do over HTTP.
public enum TokenRole: String, Sendable, Hashable, CaseIterable {
    /// Sends events, and nothing else.
    case producer
    /// Reads.
    case viewer
    /// Also what changes how the cluster works, and sends events.
    case `operator`
    /// Also what can lose data.
    case admin

    func may(_ access: APIAccess) -> Bool {
        switch access {
        case .open: true
        case .send: self != .viewer
        case .level(let needed): level.map { $0 >= needed } ?? false
        }
    }

    private var level: AccessLevel? {
        switch self {
        case .producer: nil
        case .viewer: .view
        case .operator: .operate
        case .admin: .administer
        }
    }
}
