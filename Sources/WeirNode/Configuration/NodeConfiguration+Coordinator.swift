extension NodeConfiguration {
    /// Where a coordinator's store is, and its bounds. Wall clock but for the last two.
    public struct Coordinator: Sendable, Hashable {
        public var store = StoreKind.sqlite
        /// Connection string of libpq for a store in PostgreSQL, without a password; nil for none.
        public var postgreSQL: String?
        /// Schema of the store's tables, one for each cluster, and not that of the executors' sink.
        public var postgreSQLSchema = "weir_store"
        /// How long PostgreSQL may take for a transaction or a query, 100 ms…10 min.
        public var storeTimeout = Duration.seconds(10)
        /// Where coordinators that share a store have their election.
        public var leaderElection = LeaderElection.postgresql
        /// How long a coordinator leads without a word to the database, where several share it, 500 ms…60 s.
        public var leaderLease = Duration.seconds(3)
        /// A node that was silent for longer is lost, 200 ms…10 min.
        public var nodeTimeout = Duration.seconds(3)
        /// A worker whose connection ended and that did not speak on another one since is lost, 50 ms…10 min.
        public var disconnectGrace = Duration.milliseconds(500)
        /// How long membership must be quiet before a new epoch, 0…60 s.
        public var settleDelay = Duration.milliseconds(500)
        /// How long an executor may take for an intent before others may take it, 1 s…1 h.
        public var leaseDuration = Duration.seconds(30)
        /// Intents in one lease, 1…65,536.
        public var leaseMax = 256
        /// An admin request about a workflow fails after that long without an answer, 100 ms…60 s.
        public var queryTimeout = Duration.seconds(5)
        /// Event time: how long panes are kept beyond the lateness that is allowed, 0…365 days.
        public var paneRetention = Duration.seconds(3600)
        /// Event time: how long hours are kept beyond it, 0…3,650 days and at least as long as panes.
        public var hourRetention = Duration.seconds(31 * 86_400)

        public init() {}
    }
}
