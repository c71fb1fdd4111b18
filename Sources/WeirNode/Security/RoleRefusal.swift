import WeirWire

/// A request does not prove a role that may speak here.
enum RoleRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// - Parameter known: roles whose secrets the node holds.
    case unproven(known: [PeerRole])
    case unknownRole(UInt8)
    case noSecret(of: PeerRole)
    case otherSecret(of: PeerRole)
    /// The other side proves a role, and this one has secrets of none.
    case notAsked

    var description: String {
        switch self {
        case .unproven(let known):
            "the request proves no role; give the sender the secret of its own (security.role_secrets, --role-secret ROLE=FILE); known here: "
                + known.map(\.name).joined(separator: ", ")
        case .unknownRole(let number):
            "the request proves the role number \(number), which is not known; run the same version on both sides"
        case .noSecret(let role):
            "the role \(role) has no secret here; if it may speak to this node, give the node security.role_secrets.\(role)"
        case .otherSecret(let role):
            "the request is sealed with another secret of the role \(role), or was altered; give both sides the same file (security.role_secrets.\(role))"
        case .notAsked:
            "the request proves a role, and this node has no role secrets; give it those of the roles that speak to it (security.role_secrets), or the sender none"
        }
    }
}
