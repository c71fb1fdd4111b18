/// One entry of `http.tokens`, as `NAME:ROLE=FILE` or `NAME:ROLE=env:VARIABLE`: who holds a token, what it is for, and where it is.
public struct HTTPToken: Sendable, Hashable, CustomStringConvertible {
    /// As the audit log tells it; differs from the others.
    public var name: String
    public var role: TokenRole
    /// A file, or `env:VARIABLE`.
    public var source: String

    /// Tokens of a node.
    static let tokensMax = 256
    /// Longest name in bytes.
    private static let nameBytesMax = 64

    static let form =
        "NAME:ROLE=FILE or NAME:ROLE=env:VARIABLE, where ROLE is one of "
        + TokenRole.allCases.map(\.rawValue).joined(separator: ", ")
        + " and NAME has 1 to \(nameBytesMax) letters, digits, dots, hyphens or underscores"

    /// - Parameter text: nil for one in another form.
    public init?(_ text: String) {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, !sides[1].isEmpty else { return nil }
        let head = sides[0].split(separator: ":", omittingEmptySubsequences: false)
        guard head.count == 2, let role = TokenRole(rawValue: String(head[1])), Self.isName(head[0]) else { return nil }
        name = String(head[0])
        self.role = role
        source = String(sides[1])
    }

    public var description: String { "\(name):\(role.rawValue)=\(source)" }

    private static func isName(_ text: Substring) -> Bool {
        (1...nameBytesMax).contains(text.utf8.count)
            && text.allSatisfy { character in
                character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
            }
    }
}

extension AllowedValues where Value == [HTTPToken] {
    static var tokens: Self {
        Self(
            description:
                "a list of up to \(HTTPToken.tokensMax) tokens with names of their own, each as \(HTTPToken.form); or none",
            read: { node in
                if node.plainText == "none" { return [] }
                guard let items = node.items, items.count <= HTTPToken.tokensMax else { return nil }
                let tokens = items.compactMap { $0.text.flatMap { HTTPToken($0) } }
                guard tokens.count == items.count, Set(tokens.map(\.name)).count == tokens.count else { return nil }
                return tokens
            },
            write: { $0.isEmpty ? "none" : "[" + $0.map { "\"\($0)\"" }.joined(separator: ", ") + "]" }
        )
    }
}
