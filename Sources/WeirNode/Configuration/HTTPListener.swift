/// Where HTTP is served, if it is.
public enum HTTPListener: Sendable, Hashable, CustomStringConvertible {
    case off
    /// Port 0…65,535; with 0 the system chooses a free one.
    case address(host: String, port: Int)

    /// - Parameter text: `off`, `HOST:PORT`, or `[IPV6]:PORT`; nil for anything else.
    public init?(_ text: String) {
        if text == "off" {
            self = .off
            return
        }
        guard let address = HostAndPort(text), !address.host.isEmpty else { return nil }
        self = .address(host: address.host, port: address.port)
    }

    /// Whether only this machine can reach it, or nobody.
    public var isPrivate: Bool {
        switch self {
        case .off: true
        case .address(let host, _): host == "localhost" || host == "::1" || host.hasPrefix("127.")
        }
    }

    /// What ``init(_:)`` reads.
    public var description: String {
        switch self {
        case .off: "off"
        case .address(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
