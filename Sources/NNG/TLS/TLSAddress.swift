/// Host and port of a `tls+tcp://` URL.
struct TLSAddress: Equatable {
    /// Without the brackets of an IPv6 address. Of a listener: empty or `*` for all addresses of the machine.
    var host: String
    /// 0…65535; nil when the URL has none.
    var port: Int?

    init(_ url: String) {
        let address = url.drop { $0 != "/" }.drop { $0 == "/" }
        let colon = address.lastIndex(of: ":") ?? address.endIndex
        let host = address[..<colon]
        self.host = String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host)
        port = UInt16(address[colon...].dropFirst()).map(Int.init)
    }

    /// What a listener binds: as in libnng `*` means all addresses of IPv4, and `[::]` those of IPv6 as well.
    var hostToBind: String { ["", "*"].contains(host) ? "0.0.0.0" : host }
}
