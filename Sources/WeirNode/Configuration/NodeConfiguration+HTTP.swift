extension NodeConfiguration {
    /// The HTTP interface: health, metrics, admin and ingest.
    public struct HTTP: Sendable, Hashable {
        public var listener = HTTPListener.address(host: "127.0.0.1", port: 8063)
        /// Longest body of a request in bytes, 1 KiB…1 GiB; a longer one is answered with 413.
        public var bodyBytesMax = 16 << 20

        public init() {}
    }
}
