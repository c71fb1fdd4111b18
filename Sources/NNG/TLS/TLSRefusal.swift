/// A peer that a `tls+tcp://` listener closed, because its handshake failed or because of what it sent.
public struct TLSRefusal: Sendable, CustomStringConvertible {
    /// Its address and port.
    public var peer: String
    public var reason: String
    /// Whether it is what scanners of ports, probes of load balancers and clients that are killed do, and no reason to look into.
    public var isRoutine: Bool

    public var description: String { "\(peer): \(reason)" }
}
