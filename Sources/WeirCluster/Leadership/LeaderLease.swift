/// Where a coordinator asks for the lease that its ``LeaseMachine`` is about. One question is under way at a time.
public protocol LeaderLease {
    /// How long its holder may count on it, from when it asked.
    var holdingTime: Duration { get }

    /// Takes the lease in a new term, if it is free or the asker's own.
    nonisolated(nonsending) func acquire(for holder: LeaseHolder) async -> LeaseAnswer
    /// Prolongs it.
    nonisolated(nonsending) func renew(_ term: Term) async -> LeaseAnswer
    /// Gives it back. Where that fails, it ends by itself.
    nonisolated(nonsending) func release(_ term: Term) async
    /// When nothing is asked any more.
    func close()
}
