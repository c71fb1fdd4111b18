import Foundation

/// The token that a program shows which sends events over HTTP, out of the configuration that nodes have.
public struct SendersToken: Sendable {
    /// The value of the header `Authorization`.
    public let authorization: String

    /// That of `http.token_file`; without it, of ``NodeConfiguration/HTTP/tokens`` that of the role with the least right that may send, among
    /// those that are there: the file may be one for the whole cluster. Nil when there is none.
    ///
    /// - Throws: when it can't be read.
    public init?(_ configuration: NodeConfiguration.HTTP) throws(SecurityFailure) {
        let named = TokenRole.allCases.filter { $0.may(.send) }.flatMap { role in
            configuration.tokens.filter { $0.role == role }.map { SecretSource($0.source) }
        }
        guard let source = configuration.tokenFile.map({ SecretSource($0) }) ?? named.first(where: { $0.isThere() })
        else { return nil }
        authorization = "Bearer " + String(decoding: try source.read(), as: UTF8.self)
    }
}
