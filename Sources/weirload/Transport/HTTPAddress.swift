/// Where events are posted.
struct HTTPAddress: Sendable, Equatable {
    /// Whether over TLS.
    var isSecure: Bool
    var host: String
    var port: Int
    var path: String

    /// `http://HOST[:PORT][/PATH]`, or `https://…`; the path is `/v1/events` unless given. Nil for other texts.
    init?(_ url: String) {
        guard let scheme = ["http", "https"].first(where: { url.hasPrefix($0 + "://") }) else { return nil }
        isSecure = scheme == "https"
        let rest = url.dropFirst(scheme.count + 3)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        let given = rest[slash...]
        path = given.isEmpty || given == "/" ? "/v1/events" : String(given)
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
                return nil
            }
            port = number
            host = String(authority[..<colon])
        } else {
            port = isSecure ? 443 : 80
            host = String(authority)
        }
        host.removeAll { $0 == "[" || $0 == "]" }  // Around an IPv6 address.
        guard !host.isEmpty else { return nil }
    }

    /// The server alone.
    var server: String { "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}
