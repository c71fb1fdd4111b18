import WeirCore

extension NodeConfiguration {
    /// The journal of an ingest.
    public struct Journal: Sendable, Hashable {
        /// Bytes after which a new segment file begins, 1 MiB…4 GiB. A journal is trimmed by whole segments.
        public var segmentBytes = 64 << 20
        /// Event time for which frames are kept at least, and never less than the dedup horizon; nil for just that.
        public var retention: Horizon?

        public init() {}
    }
}
