import NIOSSL

extension TLSCredentials {
    /// What a server shows and believes: TLS 1.2 and 1.3, and where there are authorities a certificate of theirs is asked of each client, for whatever
    /// name.
    ///
    /// - Throws: `NIOSSLError` or `BoringSSLError` when a text is not what it should be. Whether the key belongs to the certificate is told by
    ///   `NIOSSLContext(configuration:)`.
    public func serverConfiguration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array((certificate ?? "").utf8)).map {
                .certificate($0)
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array((key ?? "").utf8), format: .pem))
        )
        configuration.minimumTLSVersion = .tlsv12
        if let authorities {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorities.utf8)))
        }
        return configuration
    }
}
