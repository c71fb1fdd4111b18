import CNNG

/// What a `tls+tcp://` listener or dialer shows its peers, and whom it believes. Texts are PEM.
public struct TLSCredentials: Sendable, Hashable {
    /// Certificates of the authorities that peers' certificates are verified with. A listener with them refuses peers without a
    /// certificate; a dialer needs them.
    public var authorities: String?
    /// The own certificate, with its chain. A listener needs one.
    public var certificate: String?
    /// The own private key, without a password.
    public var key: String?
    /// The name that the certificate of a dialled peer must have; nil for the host of its URL. libnng's mbedtls 2.28 compares names with
    /// DNS names in the certificate alone: for a peer that is dialled by IP address, that text must be among them.
    public var peerName: String?

    public init(authorities: String? = nil, certificate: String? = nil, key: String? = nil, peerName: String? = nil) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.peerName = peerName
    }

    /// Whether what listens at a URL, or connects to it, needs them.
    public static func isNeeded(for url: String) -> Bool { url.hasPrefix("tls+tcp") }

    /// Makes an `nng_tls_config` for connecting to a URL, hands it on, and lets it go; dialers hold it themselves.
    func withConfiguration(for url: String, _ body: (OpaquePointer) -> Int32) throws(NNGError) {
        let operation = "connect to \(url) with TLS"
        var configuration: OpaquePointer?
        try NNGError.check(nng_tls_config_alloc(&configuration, NNG_TLS_MODE_CLIENT), operation)
        defer { nng_tls_config_free(configuration) }
        guard let authorities else {
            throw NNGError(.credentials, operation + ": the certificate of an authority is needed")
        }
        try NNGError.check(nng_tls_config_ca_chain(configuration, authorities, nil), operation + ", read authorities")
        if let certificate, let key {
            try NNGError.check(
                nng_tls_config_own_cert(configuration, certificate, key, nil),
                operation + ", read certificate and key"
            )
        }
        try NNGError.check(nng_tls_config_auth_mode(configuration, NNG_TLS_AUTH_MODE_REQUIRED), operation)
        try NNGError.check(
            nng_tls_config_server_name(configuration, peerName ?? TLSAddress(url).host),
            operation
        )
        try NNGError.check(body(configuration!), operation)
    }
}
