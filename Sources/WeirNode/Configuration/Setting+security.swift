import WeirWire

extension Setting {
    /// The secret of a role, in the group `security.role_secrets`.
    static func roleSecret(_ role: PeerRole) -> Setting {
        Setting("security.role_secrets.\(role)", \.node.security.roleSecrets[role], .optional(.secretSource))
    }
}
