import WeirCore
import WeirWire

/// Messages between nodes with the proof of a role around them. The code is HMAC-SHA256 with the secret of the sender's role, in replies too.
///
/// A request:
///
/// | bytes | what |
/// |---|---|
/// | 1 | ``MessageLead/proven`` |
/// | 1 | the sender's ``PeerRole`` |
/// | 24 | ``SessionToken`` |
/// | 8 | number within the session, little-endian |
/// | 16 | nonce, random |
/// | … | message |
/// | 32 | code over all of it, and the line's purpose |
///
/// A reply:
///
/// | bytes | what |
/// |---|---|
/// | 1 | ``MessageLead/proven`` |
/// | 1 | ``Content`` |
/// | … | message, or the ``SessionToken`` that is handed out |
/// | 32 | code over the request's code, and all of it |
enum RoleEnvelope {
    /// A request on its way, and what opens its reply.
    struct SealedRequest: Sendable {
        var bytes: [UInt8]
        var session: SessionToken
        fileprivate var tag: [UInt8]
        fileprivate var secret: JoinSecret
        fileprivate var purpose: JoinSecret.Purpose
    }

    /// A request that arrived, whole and proven.
    struct OpenedRequest: Sendable {
        var role: PeerRole
        var session: SessionToken
        var number: UInt64
        var message: [UInt8]
        fileprivate var tag: [UInt8]
        fileprivate var secret: JoinSecret
        fileprivate var purpose: JoinSecret.Purpose
    }

    enum Reply: Sendable, Equatable {
        case message([UInt8])
        /// The session is not, or no longer, known, or the number was used: use this session from now on.
        case session(SessionToken)
    }

    private enum Content: UInt8 {
        case message = 0
        case session = 1
    }

    private static let roleAt = 1
    private static let sessionAt = 2
    private static let numberAt = sessionAt + SessionToken.bytesCount
    private static let nonceAt = numberAt + 8
    private static let messageAt = nonceAt + JoinSecret.nonceBytes
    private static let replyAt = 2

    static func seal(
        _ message: [UInt8],
        as role: PeerRole,
        with secret: JoinSecret,
        for purpose: JoinSecret.Purpose,
        in session: SessionToken,
        number: UInt64
    ) -> SealedRequest {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(messageAt + message.count + JoinSecret.tagBytes)
        bytes.append(MessageLead.proven)
        bytes.append(role.rawValue)
        bytes += session.bytes
        bytes += number.littleEndianBytes
        bytes += JoinSecret.nonce()
        let tag = secret.tag(.role, .request, purpose, context: bytes[roleAt...], message[...])
        bytes += message
        bytes += tag
        return SealedRequest(bytes: bytes, session: session, tag: tag, secret: secret, purpose: purpose)
    }

    /// Opens a request.
    ///
    /// - Parameter secrets: of the roles that may speak here.
    static func open(
        _ bytes: [UInt8],
        with secrets: RoleSecrets,
        for purpose: JoinSecret.Purpose
    ) throws(RoleRefusal) -> OpenedRequest {
        let end = bytes.count - JoinSecret.tagBytes
        guard bytes.first == MessageLead.proven, end >= messageAt else { throw .unproven(known: secrets.roles) }
        guard let role = PeerRole(rawValue: bytes[roleAt]) else { throw .unknownRole(bytes[roleAt]) }
        let candidates = secrets[role]
        guard !candidates.isEmpty else { throw .noSecret(of: role) }
        let tag = bytes[end...]
        let context = bytes[roleAt..<messageAt]
        for secret in candidates
        where secret.isTag(tag, .role, .request, purpose, context: context, bytes[messageAt..<end]) {
            return OpenedRequest(
                role: role,
                session: SessionToken(bytes: bytes[sessionAt..<numberAt]),
                number: UInt64(littleEndianBytes: bytes[numberAt..<nonceAt]),
                message: Array(bytes[messageAt..<end]),
                tag: Array(tag),
                secret: secret,
                purpose: purpose
            )
        }
        throw secrets.roles.contains(role) ? .otherSecret(of: role) : .noSecret(of: role)
    }

    /// The reply to a request, sealed with the secret that the request was.
    static func seal(_ reply: Reply, to request: OpenedRequest) -> [UInt8] {
        let (content, message): (Content, [UInt8]) =
            switch reply {
            case .message(let message): (.message, message)
            case .session(let session): (.session, session.bytes)
            }
        let tag = request.secret.tag(
            .role,
            .reply,
            request.purpose,
            context: request.tag + [content.rawValue],
            message[...]
        )
        return [MessageLead.proven, content.rawValue] + message + tag
    }

    /// The content of a reply. Refusals come through as they are: they only say what to repair.
    ///
    /// - Throws: when the reply is not sealed, or not for this request.
    static func open(_ reply: [UInt8], to request: SealedRequest) throws(DecodingFailure) -> Reply {
        if reply.first == MessageLead.refusal { return .message(reply) }
        let end = reply.count - JoinSecret.tagBytes
        guard reply.first == MessageLead.proven, end >= replyAt, let content = Content(rawValue: reply[1]) else {
            throw .invalid(
                "the reply carries no proof of the role's secret: the other side has no role secrets; give it security.role_secrets too"
            )
        }
        let message = reply[replyAt..<end]
        let context = request.tag + [content.rawValue]
        guard request.secret.isTag(reply[end...], .role, .reply, request.purpose, context: context, message) else {
            throw .invalid(
                "the reply is sealed with another secret, or was altered; compare security.role_secrets on both sides"
            )
        }
        switch content {
        case .message: return .message(Array(message))
        case .session:
            guard message.count == SessionToken.bytesCount else {
                throw .invalid("a session of \(message.count) bytes")
            }
            return .session(SessionToken(bytes: message))
        }
    }
}
