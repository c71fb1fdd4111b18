extension NodeConfiguration {
    /// The HTTP interface: health, metrics, queries, admin and ingest.
    public struct HTTP: Sendable, Hashable {
        public var listener = HTTPListener.address(host: "127.0.0.1", port: 8063)
        /// PEM files with the certificate of HTTPS, those between it and its authority behind it, and with its key; both or neither. Without them
        /// HTTP is in the clear.
        public var tlsCertificate: String?
        public var tlsKey: String?
        /// File with a bearer token that may everything.
        public var tokenFile: String?
        /// Bearer tokens by holder. With these or with ``tokenFile`` a request that changes something has to carry one; needed unless
        /// ``listener`` is on loopback.
        public var tokens: [HTTPToken] = []
        /// What can be done without a token where there are tokens.
        public var anonymousReads = AnonymousReads.allowed
        /// Longest body of a request in bytes, 1 KiB…1 GiB; a longer one is answered with 413.
        public var bodyBytesMax = 16 << 20
        /// Wall clock: a body that takes longer is answered with 408, 100 ms…10 min.
        public var bodyTimeout = Duration.seconds(30)
        /// Wall clock: a connection on which for so long no request began, none was read on and none is being answered is closed, 1 s…1 h. A head that
        /// comes byte by byte counts when it is whole.
        public var idleTimeout = Duration.seconds(90)
        /// Connections at a time, 1…1,000,000; further ones wait in the kernel until one ends. Nil for half of the files that the process may open.
        public var connectionsMax: Int?
        /// Queries a second of one client address, 1…1,000,000; more are answered with 429.
        public var queryRateMax = 1000
        /// Clients of `/v1/stream` at a time, 1…65,536; further ones are answered with 429.
        public var streamsMax = 64
        /// Windows that wait for one client of `/v1/stream`, 16…1,000,000; a slower client is dropped.
        public var streamBufferMax = 1024

        public init() {}

        /// Whether reads need no token.
        public enum AnonymousReads: String, Sendable, Hashable, CaseIterable {
            case allowed
            case refused
        }
    }
}
