import Crypto

/// A secret that nodes share, and that proves that a message comes from one of them: the secret of the whole cluster, or that of a role.
///
/// Why so: TLS says that a peer has a certificate of the authority, but libnng 1.5.2 can't say whose, and producers have certificates too. So each
/// request between nodes carries a code that only who knows the secret can make (HMAC-SHA256, RFC 2104), and each reply one that also covers
/// the request's, so that it answers this request and no other.
///
/// It hides nothing: against who can read the wire use `tls+tcp`.
public struct JoinSecret: Sendable {
    /// Shortest and longest secret in bytes.
    public static let bytesRange = 16...4096
    static let tagBytes = 32
    static let nonceBytes = 16

    private let key: SymmetricKey

    /// - Parameter bytes: within ``bytesRange``; nil for others. Should be random, as `openssl rand -hex 32` makes it.
    public init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard Self.bytesRange.contains(bytes.count) else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// A random one, which nobody else knows.
    package init() { key = SymmetricKey(size: .bits256) }

    /// A random one for a request, in as few system calls as it takes.
    static func nonce() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<nonceBytes / 8).flatMap { _ in random.next().littleEndianBytes }
    }

    /// What is proven: a code for one is none for the other.
    enum Form: String, Sendable {
        /// That the sender is of the cluster (``MessageSeal``).
        case cluster = "weir seal 1"
        /// That the sender has a role (``RoleEnvelope``).
        case role = "weir role seal 1"
        /// That the server itself handed out a session (``SessionTable``).
        case session = "weir session 1"
    }

    /// What a message is for: a code for one purpose is none for another.
    package enum Purpose: UInt8, Sendable {
        /// Anyone → coordinator.
        case control = 1
        /// Ingest → worker.
        case data = 2
    }

    enum Direction: UInt8 {
        case request = 1
        case reply = 2
    }

    /// The code of a message. O(bytes).
    ///
    /// - Parameter context: what else it covers; of a fixed length for its form and direction.
    func tag(
        _ form: Form,
        _ direction: Direction,
        _ purpose: Purpose,
        context: some Collection<UInt8>,
        _ message: ArraySlice<UInt8>
    ) -> [UInt8] {
        // Everything before the message has a fixed length, so no two messages feed the same bytes.
        var code = HMAC<SHA256>(key: key)
        code.update(data: Array(form.rawValue.utf8) + [direction.rawValue, purpose.rawValue] + context)
        code.update(data: message)
        return Array(code.finalize())
    }

    /// Whether a code is the message's, in a time that does not depend on where they differ.
    func isTag(
        _ tag: ArraySlice<UInt8>,
        _ form: Form,
        _ direction: Direction,
        _ purpose: Purpose,
        context: some Collection<UInt8>,
        _ message: ArraySlice<UInt8>
    ) -> Bool {
        ConstantTime.isEqual(tag, self.tag(form, direction, purpose, context: context, message)[...])
    }
}
