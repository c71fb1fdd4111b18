import CNNG

/// A connection of a server socket with a client, as long as it lasts. Numbers are not used again soon.
public struct ConnectionID: Sendable, Hashable {
    /// Of libnng's pipe; below 0 where the connection is one of TLS.
    public let value: Int32
    /// Where it is not libnng that knows.
    private let knownPeer: String?

    public init(_ value: Int32) { self.init(value, peer: nil) }

    init(_ value: Int32, peer: String?) {
        self.value = value
        knownPeer = peer
    }

    public static func == (one: ConnectionID, other: ConnectionID) -> Bool { one.value == other.value }

    public func hash(into hasher: inout Hasher) { hasher.combine(value) }

    /// What ``peer`` is of a client in this process.
    public static let inside = "inproc"

    /// Where the client is, for logs: its address and port; `ipc` and `inproc` for what is on this machine; `unknown` when the connection has
    /// ended. Cheap, but not for each message.
    public var peer: String {
        if let knownPeer { return knownPeer }
        var pipe = nng_pipe()
        pipe.id = UInt32(bitPattern: value)
        var address = nng_sockaddr()
        guard nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &address) == 0 else { return "unknown" }
        switch Int(address.s_family) {
        case Int(NNG_AF_INET.rawValue):
            let octets = withUnsafeBytes(of: address.s_in.sa_addr) { $0.map(String.init).joined(separator: ".") }
            return "\(octets):\(UInt16(bigEndian: address.s_in.sa_port))"
        case Int(NNG_AF_INET6.rawValue):
            let groups = withUnsafeBytes(of: address.s_in6.sa_addr) { bytes in
                stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            }
            return "[\(groups.joined(separator: ":"))]:\(UInt16(bigEndian: address.s_in6.sa_port))"
        case Int(NNG_AF_IPC.rawValue): return "ipc"
        case Int(NNG_AF_INPROC.rawValue): return Self.inside
        default: return "unknown"
        }
    }
}
