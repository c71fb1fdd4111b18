/// The tokens that a node knows, with what each is for.
struct HTTPTokens: Sendable {
    /// Who holds a token.
    struct Holder: Sendable, Hashable {
        var name: String
        var role: TokenRole
    }

    /// The name of the token of `http.token_file`.
    static let fileName = "token_file"

    private var tokens: [(holder: Holder, token: BearerToken)] = []

    static let none = HTTPTokens()

    private init() {}

    /// Reads the tokens that the configuration names.
    init(_ configuration: NodeConfiguration.HTTP) throws(BearerTokenFailure) {
        if let path = configuration.tokenFile {
            try add(Holder(name: Self.fileName, role: .admin), BearerToken(SecretSource(path)))
        }
        for token in configuration.tokens {
            try add(Holder(name: token.name, role: token.role), BearerToken(SecretSource(token.source)))
        }
    }

    private mutating func add(_ holder: Holder, _ token: BearerToken) throws(BearerTokenFailure) {
        if let other = tokens.first(where: { $0.token == token }) {
            throw .repeated(holder.name, other.holder.name)
        }
        tokens.append((holder, token))
    }

    var isEmpty: Bool { tokens.isEmpty }

    /// Who sent an `Authorization` header; nil for nobody who is known. Takes the same time for any header of a length.
    func holder(authorization header: String?) -> Holder? {
        var found: Holder?
        for (holder, token) in tokens where token.matches(authorization: header) { found = holder }
        return found
    }
}
