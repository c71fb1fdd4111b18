import WeirWire

/// The secrets of roles that a process holds.
public struct RoleSecrets: Sendable {
    /// Secrets of one role: the one that it seals with, and, while they are changed, one that it accepts too.
    public static let secretsMax = 2

    private var secrets: [PeerRole: [JoinSecret]] = [:]
    /// Roles whose secret nobody else knows.
    private var inside: Set<PeerRole> = []

    package init() {}

    var isEmpty: Bool { secrets.isEmpty }

    /// Those that can be proven from elsewhere, in a fixed order.
    var roles: [PeerRole] { PeerRole.allCases.filter { secrets[$0] != nil && !inside.contains($0) } }

    /// The first seals, all are accepted; none for a role without.
    package subscript(role: PeerRole) -> [JoinSecret] {
        get { secrets[role] ?? [] }
        set { secrets[role] = newValue.isEmpty ? nil : newValue }
    }

    /// Roles without a secret get one that nobody else knows: they speak within the process alone.
    func completed() -> RoleSecrets {
        var all = self
        for role in PeerRole.allCases where self[role].isEmpty {
            all[role] = [JoinSecret()]
            all.inside.insert(role)
        }
        return all
    }
}
