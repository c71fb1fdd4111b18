import NIOSSL

extension TLSCredentials {
    /// What a server shows and believes: TLS 1.2 and 1.3, and where there are authorities a certificate of theirs is asked of each client, for whatever
    /// name.
    ///
    /// - Throws: `NIOSSLError` or `BoringSSLError` when a text is not what it should be. Whether the key belongs to the certificate is told by
    ///   `NIOSSLContext(configuration:)`.
    public func serverConfiguration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try chain(),
            privateKey: try ownKey()
        )
        configuration.minimumTLSVersion = .tlsv12
        if let roots = try roots() {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = roots
        }
        return configuration
    }

    /// What a client over NIO shows and believes: TLS 1.2 and 1.3, the authorities or else those of the system, and the certificate where there is one.
    ///
    /// - Throws: as ``serverConfiguration()``.
    public func clientConfiguration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let roots = try roots() { configuration.trustRoots = roots }
        if certificate != nil {
            configuration.certificateChain = try chain()
            configuration.privateKey = try ownKey()
        }
        return configuration
    }

    private func chain() throws -> [NIOSSLCertificateSource] {
        try NIOSSLCertificate.fromPEMBytes(Array((certificate ?? "").utf8)).map { .certificate($0) }
    }

    private func ownKey() throws -> NIOSSLPrivateKeySource {
        .privateKey(try NIOSSLPrivateKey(bytes: Array((key ?? "").utf8), format: .pem))
    }

    private func roots() throws -> NIOSSLTrustRoots? {
        try authorities.map { .certificates(try NIOSSLCertificate.fromPEMBytes(Array($0.utf8))) }
    }
}
