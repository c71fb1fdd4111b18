import Foundation

/// The addresses of a host name, as the system's resolver knows them (DNS, and /etc/hosts).
enum HostAddresses {
    /// In the order of the resolver, each once, as `HOST` of a URL: IPv6 in brackets.
    static func all(of host: String) async throws(DiscoveryFailure) -> [String] {
        // The resolver waits for as long as its configuration says: not on the shared pool.
        let found = await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: lookUp(host)) }
            thread.start()
        }
        return try found.get()
    }

    private static func lookUp(_ host: String) -> Result<[String], DiscoveryFailure> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &first)
        guard code == 0 else {
            return .failure(
                .unreachable(place: "the resolver, asked for \(host),", reason: String(cString: gai_strerror(code)))
            )
        }
        defer { freeaddrinfo(first) }
        var addresses: [String] = []
        for entry in sequence(first: first, next: { $0?.pointee.ai_next }) {
            guard let entry = entry?.pointee else { break }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard
                getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            else { continue }
            let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let host = address.contains(":") ? "[\(address)]" : address
            if !addresses.contains(host) { addresses.append(host) }
        }
        return .success(addresses)
    }
}
