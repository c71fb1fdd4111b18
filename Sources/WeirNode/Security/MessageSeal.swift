import WeirCore
import WeirWire

/// Messages of one line between nodes, with a proof of the cluster's ``JoinSecret`` around them if there is one:
///
/// | bytes | request | reply |
/// |---|---|---|
/// | 1 | ``MessageLead/sealed`` | likewise |
/// | 16 | nonce, random | none |
/// | … | message | message |
/// | 32 | code over all of it | code over the request's code and the message |
///
/// Without a secret a message travels behind its checksum (``CheckedMessage``): damage that gets past TCP is refused, and not committed.
struct MessageSeal: Sendable {
    let secret: JoinSecret?
    let purpose: JoinSecret.Purpose
    /// Whether requests without a seal carry a checksum; not needed within a process. Servers answer each as it came.
    var hasChecksum = true

    /// A request on its way, and what opens its reply.
    struct SealedRequest {
        var bytes: [UInt8]
        fileprivate var tag: [UInt8]
    }

    func seal(_ message: [UInt8]) -> SealedRequest {
        guard let secret else {
            return SealedRequest(bytes: hasChecksum ? CheckedMessage.wrap(message) : message, tag: [])
        }
        let nonce = JoinSecret.nonce()
        let tag = secret.tag(.cluster, .request, purpose, context: nonce[...], message[...])
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 + nonce.count + message.count + tag.count)
        bytes.append(MessageLead.sealed)
        bytes += nonce
        bytes += message
        bytes += tag
        return SealedRequest(bytes: bytes, tag: tag)
    }

    /// The message of a reply.
    ///
    /// - Throws: when the reply is not sealed, or not for this request. Refusals come through as they are: they only say what to repair.
    func open(_ reply: [UInt8], to request: SealedRequest) throws(DecodingFailure) -> [UInt8] {
        if reply.first == MessageLead.refusal { return reply }
        guard let secret else {
            return reply.first == MessageLead.checked ? try CheckedMessage.unwrap(reply) : reply
        }
        guard reply.first == MessageLead.sealed, reply.count > JoinSecret.tagBytes else {
            throw .invalid("the reply carries no proof of the cluster secret: the other side has none; \(Self.advice)")
        }
        let end = reply.count - JoinSecret.tagBytes
        guard secret.isTag(reply[end...], .cluster, .reply, purpose, context: request.tag[...], reply[1..<end]) else {
            throw .invalid("the reply is sealed with another secret, or was altered; \(Self.advice)")
        }
        return Array(reply[1..<end])
    }

    /// Answers a request: the handler's reply, sealed, or a refusal.
    ///
    /// - Parameter refused: is told why a request is refused.
    func answer(
        _ request: [UInt8],
        refused: (String) async -> Void,
        _ handler: ([UInt8]) async -> [UInt8]
    ) async -> [UInt8] {
        guard let secret else {
            guard request.first == MessageLead.checked else { return await handler(request) }
            do throws(DecodingFailure) {
                let reply = await handler(try CheckedMessage.unwrap(request))
                return WireRefusal(reply) == nil ? CheckedMessage.wrap(reply) : reply
            } catch {
                await refused(error.description)
                return WireRefusal(error).encoded
            }
        }
        let head = 1 + JoinSecret.nonceBytes
        let end = request.count - JoinSecret.tagBytes
        guard request.first == MessageLead.sealed, end >= head else {
            let reason = "the request carries no proof of the cluster secret; \(Self.advice)"
            await refused(reason)
            return WireRefusal(reason: reason).encoded
        }
        let tag = request[end...]
        guard secret.isTag(tag, .cluster, .request, purpose, context: request[1..<head], request[head..<end]) else {
            let reason = "the request is sealed with another secret, or was altered; \(Self.advice)"
            await refused(reason)
            return WireRefusal(reason: reason).encoded
        }
        let reply = await handler(Array(request[head..<end]))
        return [MessageLead.sealed] + reply + secret.tag(.cluster, .reply, purpose, context: tag, reply[...])
    }

    private static let advice =
        "give all nodes and weirctl the same secret file (security.secret_file, --secret-file), or none"
}
