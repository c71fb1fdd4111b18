import Foundation

/// Why etcd refuses a question, as far as it has to do with who asks (etcd's `api/v3rpc/rpctypes`, which clients tell apart by code and text).
enum EtcdRefusal: Sendable, Equatable {
    /// It wants a token and got none, or one that it does not know, no longer knows, or that is from before a change of rights.
    case token
    case password
    /// It has no users.
    case isOpen
    case permission
    /// It has users and asks for certificates, and takes none with a CN at its gateway, so that nobody relies on that name.
    case commonName

    /// What its gateway answers when etcd refuses.
    private struct Answer: Decodable {
        /// Of gRPC (github.com/grpc/grpc/blob/master/doc/statuscodes.md).
        var code: Int?
        var message: String?
        /// In place of `message` in older versions.
        var error: String?

        static let permissionDenied = 7
        static let unauthenticated = 16
    }

    /// Nil for a failure that has another reason.
    init?(_ failure: DiscoveryFailure) {
        guard case .refused(_, let status, let text) = failure else { return nil }
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(text.utf8))
        let message = answer?.message ?? answer?.error ?? text
        switch (answer?.code, status) {
        case (Answer.unauthenticated, _), (nil, 401): self = .token
        case (Answer.permissionDenied, _), (nil, 403): self = .permission
        default:
            // These have codes that mean much else.
            if message.contains("user name is empty") || message.contains("revision of auth store is old") {
                self = .token
            } else if message.contains("authentication failed") {
                self = .password
            } else if message.contains("authentication is not enabled") {
                self = .isOpen
            } else if message.contains("CommonName of client") {
                self = .commonName
            } else {
                return nil
            }
        }
    }
}
