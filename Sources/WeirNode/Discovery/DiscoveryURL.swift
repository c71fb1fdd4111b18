import Foundation

/// Where the control URLs of coordinators are found, instead of being written down.
public enum DiscoveryURL: Sendable, Hashable {
    /// Every address of a host name is a coordinator's.
    case dns(scheme: String, host: String, port: Int)
    /// The instances of a service in Consul that have a control URL.
    case consul(agent: URL, service: String)
    /// The keys under a prefix in etcd.
    case etcd(gateway: URL, prefix: String)

    /// `dns+tcp://HOST:PORT`, `dns+tls+tcp://HOST:PORT`, `consul+http://HOST:PORT[/SERVICE]`, `consul+https://…`,
    /// `etcd+http://HOST:PORT[/PREFIX]`, `etcd+https://…`; nil for anything else.
    public init?(_ text: String) {
        guard let separator = text.firstRange(of: "://"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        let rest = text[separator.upperBound...]
        let scheme = text[..<separator.lowerBound]
        switch scheme {
        case "dns+tcp", "dns+tls+tcp":
            guard let address = HostAndPort(rest), !address.host.isEmpty, address.port > 0 else { return nil }
            self = .dns(scheme: String(scheme.dropFirst(4)), host: address.host, port: address.port)
        case "consul+http", "consul+https":
            guard let (server, path) = Self.server(String(scheme.dropFirst(7)), rest) else { return nil }
            guard !path.contains("/") else { return nil }
            self = .consul(agent: server, service: path.isEmpty ? NodeConfiguration.Discovery.serviceDefault : path)
        case "etcd+http", "etcd+https":
            guard let (server, path) = Self.server(String(scheme.dropFirst(5)), rest) else { return nil }
            self = .etcd(gateway: server, prefix: path.isEmpty ? NodeConfiguration.Discovery.prefixDefault : "/" + path)
        default: return nil
        }
    }

    /// The server, and what follows it without the first slash.
    private static func server(_ scheme: String, _ rest: Substring) -> (URL, String)? {
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = HostAndPort(parts[0]), !address.host.isEmpty, address.port > 0,
            let url = URL(string: "\(scheme)://\(parts[0])")
        else { return nil }
        return (url, parts.count > 1 ? String(parts[1]) : "")
    }
}
