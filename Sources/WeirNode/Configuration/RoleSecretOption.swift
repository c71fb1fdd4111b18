import WeirWire

/// What `--role-secret` says: `ROLE=FILE`, or `ROLE=env:NAME`.
public struct RoleSecretOption: Sendable, Hashable {
    public var role: PeerRole
    /// A file, or `env:NAME`.
    public var source: String

    /// - Parameter text: nil for one without a known role, or without a source.
    public init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let role = PeerRole(name: String(parts[0])), !parts[1].isEmpty else { return nil }
        self.role = role
        source = String(parts[1])
    }

    /// What is allowed, for who gave something else.
    public static let hint =
        "ROLE=FILE or ROLE=env:NAME is needed, where ROLE is one of "
        + PeerRole.allCases.map(\.name).joined(separator: ", ")
}
