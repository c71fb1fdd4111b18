extension NodeConfiguration {
    /// Bounds of an ingest. How long it gathers a batch is the contract's `batch_wait_ms`.
    public struct Ingest: Sendable, Hashable {
        /// Longest request of a producer in bytes, 64 KiB…1 GiB; a longer one is refused.
        public var requestBytesMax = 16 << 20
        /// Bytes of parts in one delivery to a worker, 4 KiB…64 MiB; a single larger part travels alone.
        public var deliveryBytes = 512 << 10
        /// Bytes of recent frames kept in memory, 1 MiB…16 GiB; a worker that lags further reads from the journal.
        public var recentBytes = 64 << 20
        /// Bytes that the slowest worker may lag behind, 1 MiB…1 TiB; beyond it producers' replies wait.
        public var lagBytesMax = 256 << 20
        /// Requests that may wait for workers, 1…65,536; further ones are refused with `retry`.
        public var waitingMax = 1024
        /// Bytes of those requests, 1 MiB…16 GiB; likewise.
        public var waitingBytesMax = 64 << 20
        /// Wall clock: the longest time between two reports to the coordinator, 5 ms…5 s.
        public var reportInterval = Duration.milliseconds(50)
        /// The consumer group in which the ingest reads the contract's topics of ``NodeConfiguration/kafka``; nil for none.
        public var kafkaGroup: String?
        /// Bytes of messages that are read together and become a batch, 64 KiB…64 MiB.
        public var kafkaBatchBytes = 1 << 20
        /// Bytes of messages that are fetched ahead, 1 MiB…1 GiB.
        public var kafkaBufferBytes = 16 << 20

        public init() {}
    }
}
