/// What a node asks for tokens.
struct APIProtection: Sendable, Hashable {
    var hasTokens: Bool
    var anonymousReads: NodeConfiguration.HTTP.AnonymousReads
}
