import Logging
import NIOSSL
import NNG
import Synchronization

/// How a registry is spoken to over TLS: whom this node believes, and what it shows. The files are read at the start, and again when they change, for the
/// connections that are made then.
final class RegistryTLS: Sendable {
    private let files: NodeConfiguration.Discovery
    private let place: String
    private let log: Logger?
    private let notices = NoticeLimiter()
    private let current: Mutex<Current>

    private struct Current {
        /// As the files have it.
        var credentials: TLSCredentials
        var configuration: TLSConfiguration
        var lookedAt: ContinuousClock.Instant
        /// Why the files can't be used as they are now.
        var obstacle: DiscoveryFailure?
    }

    /// Wall clock: the files are not looked at more often.
    static let lookInterval = ServedCertificate.lookInterval

    /// - Parameters:
    ///   - files: those that are named there.
    ///   - place: what messages call the registry.
    ///   - log: is told of new files; nil for none.
    /// - Throws: when a file can't be read or used, or the key is another certificate's.
    init(_ files: NodeConfiguration.Discovery, for place: String, log: Logger?) throws(DiscoveryFailure) {
        self.files = files
        self.place = place
        self.log = log
        let credentials = try Self.credentials(files)
        let configuration = try Self.usable(credentials, files)
        current = Mutex(Current(credentials: credentials, configuration: configuration, lookedAt: .now))
    }

    /// Of now. Where the files hold what can't be used it is what they held before.
    var configuration: TLSConfiguration {
        let now = ContinuousClock.now
        let isDue = current.withLock { current in
            guard now - current.lookedAt >= Self.lookInterval else { return false }
            current.lookedAt = now
            return true
        }
        if isDue { renew() }
        return current.withLock { $0.configuration }
    }

    /// Why what the files hold now is not used; nil when it is.
    var obstacle: DiscoveryFailure? { current.withLock { $0.obstacle } }

    /// Takes over what the files hold now, if that is something else and can be used.
    func renew() {
        do throws(DiscoveryFailure) {
            let credentials = try Self.credentials(files)
            guard credentials != current.withLock({ $0.credentials }) else {
                current.withLock { $0.obstacle = nil }
                return
            }
            let configuration = try Self.usable(credentials, files)
            current.withLock { current in
                current.credentials = credentials
                current.configuration = configuration
                current.obstacle = nil
            }
            log?.notice("\(place) is spoken to with new certificates")
        } catch {
            current.withLock { $0.obstacle = error }
            // Between the replacement of one file and that of the other they do not fit: the next look tells.
            guard notices.admits(error.description) else { return }
            log?.warning(
                "new certificates for \(place) can't be used, those before them are",
                metadata: ["error": "\(error)"]
            )
        }
    }

    private static func credentials(
        _ files: NodeConfiguration.Discovery
    ) throws(DiscoveryFailure) -> TLSCredentials {
        TLSCredentials(
            authorities: try files.tlsAuthority.map { path throws(DiscoveryFailure) in try pem(path, "tls_ca") },
            certificate: try files.tlsCertificate.map { path throws(DiscoveryFailure) in
                try pem(path, "tls_certificate")
            },
            key: try files.tlsKey.map { path throws(DiscoveryFailure) in try pem(path, "tls_key") }
        )
    }

    private static func pem(_ path: String, _ setting: String) throws(DiscoveryFailure) -> String {
        do throws(SecurityFailure) {
            return try TransportSecurity.pem(path)
        } catch {
            throw .credentials("discovery.\(setting): \(error)")
        }
    }

    private static func usable(
        _ credentials: TLSCredentials,
        _ files: NodeConfiguration.Discovery
    ) throws(DiscoveryFailure) -> TLSConfiguration {
        do {
            let configuration = try credentials.clientConfiguration()
            // Tells whether they fit together.
            _ = try NIOSSLContext(configuration: configuration)
            return configuration
        } catch {
            let named = [
                files.tlsAuthority.map { "discovery.tls_ca (\($0))" },
                files.tlsCertificate.map { "discovery.tls_certificate (\($0))" },
                files.tlsKey.map { "discovery.tls_key (\($0))" },
            ].compactMap(\.self).joined(separator: ", ")
            throw .credentials(
                "\(named) can't be used together: \(error); look with openssl x509 -in FILE -noout -text, and compare openssl x509 -in "
                    + "CERTIFICATE -noout -pubkey with openssl pkey -in KEY -pubout"
            )
        }
    }
}
