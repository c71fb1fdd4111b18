/// What etcd knows of an election at one of its revisions.
public struct Ballot: Sendable, Hashable {
    /// Of the etcd: another one, or one that was made anew, has another.
    public var cluster: String
    /// Nil when nobody is elected.
    public var winner: Winner?

    public struct Winner: Sendable, Hashable {
        /// Nil for what no coordinator has written.
        public var candidate: Candidate?
        /// Of etcd, on which the key hangs.
        public var lease: String
        /// The revision of etcd that made the key: greater for each winner than for the one before.
        public var number: Int64

        public init(candidate: Candidate?, lease: String, number: Int64) {
            self.candidate = candidate
            self.lease = lease
            self.number = number
        }
    }

    public init(cluster: String, winner: Winner? = nil) {
        self.cluster = cluster
        self.winner = winner
    }
}
