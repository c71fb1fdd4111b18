/// The protocols of nng that are spoken over TLS here, by their numbers on the wire.
///
/// Each side of a connection first sends 8 bytes: 00, "SP", 00, the number of its protocol, 00 00. After that a message is its length in 8 bytes, most
/// significant first, and its bytes. (nanomsg's RFC "SP-TCP mapping"; nng's `tls+tcp` is the same within TLS.)
enum SPProtocol: UInt16, Sendable {
    case publish = 0x20
    case subscribe = 0x21
    case request = 0x30
    case reply = 0x31

    /// What the other side has to speak.
    var peer: SPProtocol {
        switch self {
        case .publish: .subscribe
        case .subscribe: .publish
        case .request: .reply
        case .reply: .request
        }
    }

    /// What a side of a connection sends first, as one word.
    var header: UInt64 { Self.mark | UInt64(rawValue) << 16 }

    /// Of any header: all but the number.
    private static let mark: UInt64 = 0x0053_5000_0000_0000

    /// The number of the protocol in a header; nil when it is none.
    static func number(inHeader word: UInt64) -> UInt16? {
        word & ~0xFFFF_0000 == mark ? UInt16(truncatingIfNeeded: word >> 16) : nil
    }
}
