extension AllowedValues where Value == String {
    /// The URL of a server, without a path.
    static var httpURL: Self {
        Self(
            description: "http://HOST:PORT or https://HOST:PORT",
            read: { node in node.text.flatMap { isHTTPURL($0) ? $0 : nil } },
            write: { $0 }
        )
    }

    /// The URLs of servers that know the same, with commas between them.
    static var httpURLs: Self {
        Self(
            description:
                "http://HOST:PORT or https://HOST:PORT, or up to \(NodeConfiguration.Discovery.etcdServersMax) of them with commas between them",
            read: { node in
                node.text.flatMap { text in
                    let all = text.split(separator: ",", omittingEmptySubsequences: false)
                    return (1...NodeConfiguration.Discovery.etcdServersMax).contains(all.count)
                        && all.allSatisfy(isHTTPURL) ? text : nil
                }
            },
            write: { $0 }
        )
    }

    private static func isHTTPURL(_ text: some StringProtocol) -> Bool {
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            guard let address = HostAndPort(text.dropFirst(scheme.count)) else { return false }
            return !address.host.isEmpty && address.port != 0
        }
        return false
    }

    /// The name of a service in Consul, which is also one in DNS.
    static var serviceName: Self {
        Self(
            description:
                "the name of a service: 1 to 63 letters, digits and hyphens, with a letter or digit at both ends",
            read: { node in
                guard let text = node.text, (1...63).contains(text.utf8.count), text.first != "-", text.last != "-",
                    text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
                else { return nil }
                return text
            },
            write: { $0 }
        )
    }
}
