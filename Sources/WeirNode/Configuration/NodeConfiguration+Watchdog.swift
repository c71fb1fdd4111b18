extension NodeConfiguration {
    /// How a node watches its own listeners. All wall clock.
    public struct Watchdog: Sendable, Hashable {
        /// Time between two probes of a listener, 100 ms…10 min.
        public var interval = Duration.seconds(1)
        /// A probe without an answer has failed, 100 ms…60 s.
        public var timeout = Duration.seconds(3)
        /// Failures in a row after which a listener is rebuilt; and after that, given up with the process. 1…100.
        public var failuresMax = 3
        /// How long what is under way on a listener that is rebuilt may take, 0…60 s.
        public var grace = Duration.seconds(2)

        public init() {}
    }
}
