import WeirWire

extension NodeConfiguration {
    /// TLS on `tls+tcp` URLs, and the proof that nodes give each other. Paths are relative to the working directory.
    public struct Security: Sendable, Hashable {
        /// Certificates of the authorities that peers are verified with (PEM). A listener with them refuses peers without a certificate.
        public var tlsAuthority: String?
        /// The node's certificate (PEM, with its chain).
        public var tlsCertificate: String?
        /// The node's private key (PEM, without a password).
        public var tlsKey: String?
        /// The name that peers' certificates must have; nil for the host of the URL that is dialled.
        public var tlsPeerName: String?
        /// The secret of the cluster; nil for none.
        public var secretFile: String?
        /// The secrets of roles: files, or `env:NAME`.
        public var roleSecrets: [PeerRole: String] = [:]
        /// The file to which what operators do is appended; nil for none.
        public var auditLog: String?

        public init() {}
    }
}
