import Logging
import NIOSSL
import ServiceLifecycle
import Synchronization

/// The certificate and the key with which HTTP is served over TLS: read at the start, and again when the files change, for the connections that
/// come then.
final class HTTPCertificate: Sendable {
    /// Wall clock between two looks at the files.
    static let lookInterval = Duration.seconds(5)

    private let certificatePath: String
    private let keyPath: String
    private let current: Mutex<Pair>

    private struct Pair {
        /// As the files have it.
        var texts: [String]
        var certificates: [NIOSSLCertificateSource]
        var key: NIOSSLPrivateKeySource
    }

    /// Reads the files, in PEM; the certificate's may hold those between it and the authority behind it.
    ///
    /// - Throws: when one can't be read, or they do not fit together.
    init(certificate: String, key: String) throws(SecurityFailure) {
        certificatePath = certificate
        keyPath = key
        current = Mutex(try Self.pair(of: try Self.texts(certificate, key), certificate, key))
    }

    /// Of a server whose handshakes have the certificate of the moment. TLS 1.2 and 1.3; clients need no certificate.
    var serverConfiguration: TLSConfiguration {
        let pair = current.withLock { $0 }
        var configuration = Self.configuration(pair.certificates, pair.key)
        configuration.sslContextCallback = { [self] _, promise in
            let pair = current.withLock { $0 }
            var now = NIOSSLContextConfigurationOverride()
            now.certificateChain = pair.certificates
            now.privateKey = pair.key
            promise.succeed(now)
        }
        return configuration
    }

    /// Takes over what the files hold now. What can't be used is not taken over: the certificate before it goes on being served.
    ///
    /// - Returns: whether it is another one.
    func renew() throws(SecurityFailure) -> Bool {
        let texts = try Self.texts(certificatePath, keyPath)
        guard texts != current.withLock({ $0.texts }) else { return false }
        let new = try Self.pair(of: texts, certificatePath, keyPath)
        current.withLock { $0 = new }
        return true
    }

    /// Looks at the files from time to time, until the node stops.
    func watch(_ log: Logger) async {
        let notices = NoticeLimiter()
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.lookInterval)
                do throws(SecurityFailure) {
                    if try self.renew() {
                        log.notice("HTTP has a new certificate", metadata: ["certificate": "\(self.certificatePath)"])
                    }
                } catch {
                    // Between the replacement of one file and that of the other they do not fit: the next look tells.
                    guard notices.admits(error.description) else { continue }
                    log.warning(
                        "a new certificate for HTTP can't be used, the one before it is served",
                        metadata: ["error": "\(error)"]
                    )
                }
            }
        }
    }

    private static func texts(_ certificate: String, _ key: String) throws(SecurityFailure) -> [String] {
        [try TransportSecurity.pem(certificate), try TransportSecurity.pem(key)]
    }

    private static func pair(
        of texts: [String],
        _ certificatePath: String,
        _ keyPath: String
    ) throws(SecurityFailure) -> Pair {
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(Array(texts[0].utf8)).map {
                NIOSSLCertificateSource.certificate($0)
            }
            let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(bytes: Array(texts[1].utf8), format: .pem))
            // Tells whether they fit together.
            _ = try NIOSSLContext(configuration: configuration(certificates, key))
            return Pair(texts: texts, certificates: certificates, key: key)
        } catch {
            throw .unusable(certificate: certificatePath, key: keyPath, reason: "\(error)")
        }
    }

    private static func configuration(
        _ certificates: [NIOSSLCertificateSource],
        _ key: NIOSSLPrivateKeySource
    ) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: certificates, privateKey: key)
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }
}
