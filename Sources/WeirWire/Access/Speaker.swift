/// Whom a message comes from, as far as it proves that.
public enum Speaker: Sendable, Hashable, CustomStringConvertible {
    /// Whoever reaches the line: no secret protects it.
    case anyone
    /// Who knows the secret of the whole cluster, which stands for every role.
    case member
    /// Who knows the secret of a role.
    case role(PeerRole)

    public func may(_ request: ControlRequest) -> Bool { isAmong(Authorization.roles(for: request)) }

    public var mayDeliver: Bool { isAmong(Authorization.rolesForDelivery) }

    /// Who is not restricted to a role may do everything.
    public func isAmong(_ roles: Set<PeerRole>) -> Bool {
        switch self {
        case .anyone, .member: true
        case .role(let role): roles.contains(role)
        }
    }

    public var description: String {
        switch self {
        case .anyone: "no secret"
        case .member: "the cluster secret"
        case .role(let role): "the secret of the role \(role)"
        }
    }
}
