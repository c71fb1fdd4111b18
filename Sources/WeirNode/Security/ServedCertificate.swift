import Logging
import NIOSSL
import NNG
import ServiceLifecycle
import Synchronization

/// The certificate and the key with which something is served over TLS, and the authorities that clients are verified with: read at the start, and again
/// when the files change, for the connections that come then.
final class ServedCertificate: Sendable {
    /// Wall clock between two looks at the files.
    static let lookInterval = Duration.seconds(5)

    /// What is served with it, as the log has it.
    enum Server: String, Sendable {
        case http = "HTTP"
        case lines = "tls+tcp"
    }

    private let server: Server
    private let files: Files
    private let current: Mutex<Current>

    private struct Files {
        var certificate: String
        var key: String
        /// Nil where clients need no certificate.
        var authorities: String?
    }

    private struct Current {
        /// As the files have it.
        var credentials: TLSCredentials
        var configuration: TLSConfiguration
        var context: NIOSSLContext
    }

    /// Reads the files, in PEM; the certificate's may hold those between it and the authority behind it.
    ///
    /// - Parameter authorities: with them clients need a certificate.
    /// - Throws: when one can't be read, or they do not fit together.
    init(by server: Server, certificate: String, key: String, authorities: String? = nil) throws(SecurityFailure) {
        self.server = server
        let files = Files(certificate: certificate, key: key, authorities: authorities)
        self.files = files
        current = Mutex(try Self.usable(try Self.credentials(files), files))
    }

    /// As the files have it, since it could last be used.
    var credentials: TLSCredentials { current.withLock { $0.credentials } }

    /// Of the moment, for each connection of a listener.
    var contexts: TLSContexts { TLSContexts { [self] in current.withLock { $0.context } } }

    /// Of a server whose handshakes have the certificate of the moment; the authorities are those of now.
    var serverConfiguration: TLSConfiguration {
        var configuration = current.withLock { $0.configuration }
        configuration.sslContextCallback = { [self] _, promise in
            let served = current.withLock { $0.configuration }
            var now = NIOSSLContextConfigurationOverride()
            now.certificateChain = served.certificateChain
            now.privateKey = served.privateKey
            promise.succeed(now)
        }
        return configuration
    }

    /// Takes over what the files hold now. What can't be used is not taken over: what was served before goes on being served.
    ///
    /// - Returns: whether it is something else.
    func renew() throws(SecurityFailure) -> Bool {
        let credentials = try Self.credentials(files)
        guard credentials != current.withLock({ $0.credentials }) else { return false }
        let new = try Self.usable(credentials, files)
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
                        log.notice(
                            "\(self.server.rawValue) has a new certificate",
                            metadata: ["certificate": "\(self.files.certificate)"]
                        )
                    }
                } catch {
                    // Between the replacement of one file and that of the other they do not fit: the next look tells.
                    guard notices.admits(error.description) else { continue }
                    log.warning(
                        "a new certificate for \(self.server.rawValue) can't be used, the one before it is served",
                        metadata: ["error": "\(error)"]
                    )
                }
            }
        }
    }

    private static func credentials(_ files: Files) throws(SecurityFailure) -> TLSCredentials {
        TLSCredentials(
            authorities: try files.authorities.map(TransportSecurity.pem),
            certificate: try TransportSecurity.pem(files.certificate),
            key: try TransportSecurity.pem(files.key)
        )
    }

    private static func usable(_ credentials: TLSCredentials, _ files: Files) throws(SecurityFailure) -> Current {
        if let path = files.authorities {
            do {
                _ = try NIOSSLCertificate.fromPEMBytes(Array((credentials.authorities ?? "").utf8))
            } catch {
                throw .noAuthorities(path: path, reason: "\(error)")
            }
        }
        do {
            let configuration = try credentials.serverConfiguration()
            // Tells whether they fit together.
            let context = try NIOSSLContext(configuration: configuration)
            return Current(credentials: credentials, configuration: configuration, context: context)
        } catch {
            throw .unusable(
                certificate: files.certificate,
                key: files.key,
                reason: "\(error)"
            )
        }
    }
}
