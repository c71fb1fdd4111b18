import WeirWire

/// What a request to a route needs.
enum APIAccess: Sendable, Hashable {
    /// Nothing: whether the node lives, and the files of the dashboard.
    case open
    /// To send events.
    case send
    /// A person's right.
    case level(AccessLevel)

    /// The roles that may, the one with the least right first.
    var roles: [TokenRole] { TokenRole.allCases.filter { $0.may(self) } }

    /// Whether it can be done without a token where there are tokens.
    func isFree(_ anonymousReads: NodeConfiguration.HTTP.AnonymousReads) -> Bool {
        switch self {
        case .open: true
        case .level(.view): anonymousReads == .allowed
        case .send, .level: false
        }
    }

    /// Whether it is told in the audit log.
    var isAudited: Bool {
        if case .level(let level) = self { level > .view } else { false }
    }
}
