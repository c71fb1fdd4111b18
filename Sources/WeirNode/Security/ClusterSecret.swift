import Crypto

/// A secret that all nodes of a cluster share, and that proves that a message comes from one of them.
///
/// Why so: TLS says that a peer has a certificate of the authority, but libnng 1.5.2 can't say whose, and producers have certificates too. So each
/// request between nodes carries a code that only who knows the secret can make (HMAC-SHA256, RFC 2104), and each reply one that also covers
/// the request's, so that it answers this request and no other. A code a message, and no handshake, because requests travel on any connection,
/// several at a time, and again after a break; a node that restarts has nothing to agree upon anew.
///
/// What it does not do: hide anything, or tell a repeated request from a new one. Repeats are harmless to the data (every message carries
/// incarnation, epoch and number); against who can read and write the wire use `tls+tcp`.
public struct ClusterSecret: Sendable {
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

    /// What a message is for: a code for one purpose is none for another.
    enum Purpose: UInt8, Sendable {
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
    /// - Parameter context: of a request its nonce, of a reply the request's code.
    func tag(
        _ direction: Direction,
        _ purpose: Purpose,
        context: ArraySlice<UInt8>,
        _ message: ArraySlice<UInt8>
    ) -> [UInt8] {
        var code = HMAC<SHA256>(key: key)
        Self.feed(&code, direction, purpose, context, message)
        return Array(code.finalize())
    }

    /// Whether a code is the message's, in a time that does not depend on where they differ.
    func isTag(
        _ tag: ArraySlice<UInt8>,
        _ direction: Direction,
        _ purpose: Purpose,
        context: ArraySlice<UInt8>,
        _ message: ArraySlice<UInt8>
    ) -> Bool {
        let right = self.tag(direction, purpose, context: context, message)
        guard tag.count == right.count else { return false }
        return zip(tag, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Everything before the message has a fixed length for its direction, so no two messages feed the same bytes.
    private static func feed(
        _ code: inout HMAC<SHA256>,
        _ direction: Direction,
        _ purpose: Purpose,
        _ context: ArraySlice<UInt8>,
        _ message: ArraySlice<UInt8>
    ) {
        code.update(data: Array("weir seal 1".utf8) + [direction.rawValue, purpose.rawValue])
        code.update(data: context)
        code.update(data: message)
    }
}
