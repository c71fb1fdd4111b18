import WeirWire

/// What protects the lines can't be used.
public enum SecurityFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case noPEM(path: String)
    /// Of what is served over TLS: one of the two is not what it should be, or the key is another certificate's.
    case unusable(certificate: String, key: String, reason: String)
    case noAuthorities(path: String, reason: String)
    case secretLength(path: String, bytes: Int)
    case tooManySecrets(path: String, PeerRole)
    /// Some roles have secrets, and one that is needed has none.
    case missing(PeerRole, for: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path) can't be read: \(reason); check the paths of CA, certificate, key and secrets, and who may read them"
        case .noPEM(let path):
            "\(path) holds no PEM (-----BEGIN …); deploy/certificates.sh makes certificates to try out"
        case .unusable(let certificate, let key, let reason):
            "the certificate \(certificate) and the key \(key) can't be used together: \(reason); compare: openssl x509 -in \(certificate) -noout -pubkey; openssl pkey -in \(key) -pubout"
        case .noAuthorities(let path, let reason):
            "the certificates of authorities in \(path) can't be used: \(reason); look: openssl x509 -in \(path) -noout -text"
        case .secretLength(let path, let bytes):
            "the secret in \(path) has \(bytes) bytes; \(JoinSecret.bytesRange.lowerBound) to \(JoinSecret.bytesRange.upperBound) are needed, such as openssl rand -hex 32 makes"
        case .tooManySecrets(let path, let role):
            "\(path) holds more than \(RoleSecrets.secretsMax) lines: the secret of the role \(role), and at most one further that is accepted while it is changed"
        case .missing(let role, let part):
            "\(part) needs the secret of the role \(role) where roles have secrets: set security.role_secrets.\(role) (WEIR_SECURITY_ROLE_SECRETS_\(role.name.uppercased()), --role-secret \(role)=FILE)"
        }
    }
}
