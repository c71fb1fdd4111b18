import Foundation
import NNG
import WeirWire

/// What protects the lines of a node: TLS, and the proofs that nodes give each other.
public struct TransportSecurity: Sendable {
    /// As it was at the start.
    private var tlsAtStart = TLSCredentials()
    /// Of a node's own `tls+tcp://` listeners.
    var served: ServedCertificate?
    /// Of the whole cluster.
    public var secret: JoinSecret?
    public var roles = RoleSecrets()

    /// Longest file of certificates, key or secret, in bytes.
    static let fileBytesMax = 1 << 20

    public static let none = TransportSecurity()

    private init() {}

    /// Reads the files that the configuration names.
    ///
    /// - Parameter part: whose secrets are needed. The configuration may be one for the whole cluster, and name files that are not on this host.
    public init(_ configuration: NodeConfiguration.Security, as part: SecurityPart) throws(SecurityFailure) {
        tlsAtStart.authorities = try configuration.tlsAuthority.map(Self.pem)
        tlsAtStart.certificate = try configuration.tlsCertificate.map(Self.pem)
        tlsAtStart.key = try configuration.tlsKey.map(Self.pem)
        tlsAtStart.peerName = configuration.tlsPeerName
        if part.listens, let certificate = configuration.tlsCertificate, let key = configuration.tlsKey {
            served = try ServedCertificate(
                by: .lines,
                certificate: certificate,
                key: key,
                authorities: configuration.tlsAuthority
            )
        }
        if let path = configuration.secretFile {
            secret = try Self.secret(try SecretSource(path).read()[...], from: path)
        }
        roles = try Self.roles(configuration.roleSecrets, as: part)
    }

    /// What a client shows and believes: of a node that has a certificate, as its files have it now.
    public var tls: TLSCredentials {
        guard var now = served?.credentials else { return tlsAtStart }
        now.peerName = tlsAtStart.peerName
        return now
    }

    private static func roles(
        _ sources: [PeerRole: String],
        as part: SecurityPart
    ) throws(SecurityFailure) -> RoleSecrets {
        var roles = RoleSecrets()
        guard !sources.isEmpty else { return roles }
        for role in part.needed where sources[role] == nil { throw .missing(role, for: part.name) }
        for (role, text) in sources {
            let source = SecretSource(text)
            guard part.expected.contains(role) || (part.welcome.contains(role) && source.isThere()) else { continue }
            let lines = try source.read().split(separator: 0x0A).map { line in
                line.last == 0x0D ? line.dropLast() : line
            }
            guard lines.count <= RoleSecrets.secretsMax else { throw .tooManySecrets(path: text, role) }
            var secrets: [JoinSecret] = []
            for line in lines { secrets.append(try secret(line, from: text)) }
            guard !secrets.isEmpty else { throw .secretLength(path: text, bytes: 0) }
            roles[role] = secrets
        }
        // A coordinator serves roles of its own process too.
        if case .coordinator = part { roles = roles.completed() }
        return roles
    }

    private static func secret(_ bytes: ArraySlice<UInt8>, from path: String) throws(SecurityFailure) -> JoinSecret {
        guard let secret = JoinSecret(bytes) else { throw .secretLength(path: path, bytes: bytes.count) }
        return secret
    }

    /// What guards a server that listens on an address. Within a process nothing does: nobody else can be there.
    func lineGuard(_ purpose: JoinSecret.Purpose, on url: String) -> LineGuard {
        let isInside = Self.isInside(url)
        return LineGuard(seal: seal(purpose, isInside: isInside), roles: isInside ? RoleSecrets() : roles)
    }

    /// What guards a server that listens within the process and elsewhere.
    package func lineGuard(_ purpose: JoinSecret.Purpose) -> LineGuard {
        LineGuard(seal: seal(purpose, isInside: false), roles: roles)
    }

    /// A client's line to an address, whose server is guarded likewise.
    func line(_ socket: RequestSocket, _ purpose: JoinSecret.Purpose, to url: String) -> SealedLine {
        let isInside = Self.isInside(url)
        return SealedLine(
            socket,
            seal: seal(purpose, isInside: isInside),
            roles: isInside ? RoleSecrets() : roles
        )
    }

    /// A client's line to a server that listens within the process and elsewhere.
    package func line(_ socket: RequestSocket, _ purpose: JoinSecret.Purpose) -> SealedLine {
        SealedLine(socket, seal: seal(purpose, isInside: false), roles: roles)
    }

    private func seal(_ purpose: JoinSecret.Purpose, isInside: Bool) -> MessageSeal {
        MessageSeal(secret: isInside ? nil : secret, purpose: purpose, hasChecksum: !isInside)
    }

    private static func isInside(_ url: String) -> Bool { url.hasPrefix("inproc://") }

    /// A file's text, which has to be PEM.
    static func pem(_ path: String) throws(SecurityFailure) -> String {
        let text = String(decoding: try read(path), as: UTF8.self)
        guard text.contains("-----BEGIN ") else { throw .noPEM(path: path) }
        return text
    }

    /// A whole file, up to ``fileBytesMax``.
    static func read(_ path: String) throws(SecurityFailure) -> [UInt8] {
        do {
            guard let file = FileHandle(forReadingAtPath: path) else {
                throw SecurityFailure.unreadable(path: path, reason: String(cString: strerror(errno)))
            }
            defer { try? file.close() }
            return Array(try file.read(upToCount: fileBytesMax) ?? Data())
        } catch let failure as SecurityFailure {
            throw failure
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }
}
