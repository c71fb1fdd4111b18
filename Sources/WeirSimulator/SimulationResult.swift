/// What came of a run.
public struct SimulationResult: Sendable {
    public struct Violation: Sendable {
        /// What must hold, as a sentence.
        public var invariant: String
        public var detail: String
        /// Virtual time, in microseconds.
        public var at: Int64
    }

    public var seed: UInt64
    public var statistics: SimulationStatistics
    /// The first invariant that broke.
    public var violation: Violation?
    /// What happened last, if the run was traced.
    public var trace: [String]
    /// Things that happened.
    public var steps: Int
    /// Equal for runs that drew equally: a check that a seed replays exactly.
    public var digest: UInt64
}
