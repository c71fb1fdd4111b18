import Foundation
import NNG

/// What protects the lines of a node: TLS, and the proof that nodes give each other.
public struct TransportSecurity: Sendable {
    public var tls = TLSCredentials()
    public var secret: ClusterSecret?

    /// Longest file of certificates, key or secret, in bytes.
    static let fileBytesMax = 1 << 20

    public static let none = TransportSecurity()

    private init() {}

    /// Reads the files that the configuration names.
    public init(_ configuration: NodeConfiguration.Security) throws(SecurityFailure) {
        tls.authorities = try configuration.tlsAuthority.map(Self.pem)
        tls.certificate = try configuration.tlsCertificate.map(Self.pem)
        tls.key = try configuration.tlsKey.map(Self.pem)
        tls.peerName = configuration.tlsPeerName
        if let path = configuration.secretFile {
            let bytes = try Self.secret(in: path)
            guard let secret = ClusterSecret(bytes) else { throw .secretLength(path: path, bytes: bytes.count) }
            self.secret = secret
        }
    }

    /// The proof on a line to or from an address. None within a process: nobody else can be there.
    func seal(_ purpose: ClusterSecret.Purpose, on url: String) -> MessageSeal {
        let isInside = url.hasPrefix("inproc://")
        return MessageSeal(secret: isInside ? nil : secret, purpose: purpose, hasChecksum: !isInside)
    }

    /// The proof on a server that listens within the process and elsewhere.
    func seal(_ purpose: ClusterSecret.Purpose) -> MessageSeal { MessageSeal(secret: secret, purpose: purpose) }

    private static func pem(_ path: String) throws(SecurityFailure) -> String {
        let text = String(decoding: try read(path), as: UTF8.self)
        guard text.contains("-----BEGIN ") else { throw .noPEM(path: path) }
        return text
    }

    /// The bytes of a file that holds a secret, without the line break that editors and shells end files with.
    static func secret(in path: String) throws(SecurityFailure) -> ArraySlice<UInt8> {
        try read(path).trimmingSuffix { $0 == 0x0A || $0 == 0x0D }
    }

    private static func read(_ path: String) throws(SecurityFailure) -> [UInt8] {
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

extension [UInt8] {
    fileprivate func trimmingSuffix(while predicate: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        var end = endIndex
        while end > startIndex, predicate(self[end - 1]) { end -= 1 }
        return self[..<end]
    }
}

/// The files that protect the lines can't be used.
public enum SecurityFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case noPEM(path: String)
    case secretLength(path: String, bytes: Int)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) can't be read: \(reason); check the paths of CA, certificate, key and secret, and who may read them"
        case .noPEM(let path):
            "\(path) holds no PEM (-----BEGIN …); deploy/certificates.sh makes certificates to try out"
        case .secretLength(let path, let bytes):
            "the secret in \(path) has \(bytes) bytes; \(ClusterSecret.bytesRange.lowerBound) to \(ClusterSecret.bytesRange.upperBound) are needed, such as openssl rand -hex 32 makes"
        }
    }
}
