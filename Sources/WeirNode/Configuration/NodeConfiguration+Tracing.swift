extension NodeConfiguration {
    /// Spans of sampled events, from their arrival to the intents of their windows.
    public struct Tracing: Sendable, Hashable {
        /// File to which spans are appended as lines of OTLP/JSON; nil for no tracing, which then costs one branch a batch.
        public var file: String?
        /// Share of correlation ids that are traced, 0…1: the same ids on every node.
        public var ratio = 0.001
        /// Size of the file at which it is put aside as `FILE.1`, in place of the one before, 1 MiB…64 GiB.
        public var fileBytesMax = 64 << 20

        public init() {}
    }
}
