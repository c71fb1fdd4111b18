extension NodeConfiguration {
    /// Bounds of a worker.
    public struct Worker: Sendable, Hashable {
        /// Wall clock: the longest time between two commits, 10 ms…10 s; also the heartbeat.
        public var commitInterval = Duration.milliseconds(200)
        /// Wall clock: a commit without an answer is sent again, 50 ms…60 s.
        public var commitTimeout = Duration.seconds(2)
        /// Events in deltas beyond which a commit is made at once, 1,000…1,000,000,000.
        public var deltaEventsMax = 4_000_000
        /// Events in deltas beyond which deliveries are put off while a commit is under way, 1,000…1,000,000,000.
        public var uncommittedEventsMax = 16_000_000
        /// Bytes of quarantined lines beyond which a commit is made at once, 64 KiB…1 GiB.
        public var quarantineBytesMax = 8 << 20

        public init() {}
    }
}
