import WeirCluster

// The row of the leadership, with the semantics of `PostgreSQLLease`.
extension MemoryStore {
    /// Who has the lease, and until when by the store's clock, in microseconds.
    struct LeaderRow {
        /// A life of a coordinator.
        var instance = 0
        var holder: LeaseHolder?
        var end: Int64 = 0
        /// By which it was elected, and its number there; nil for the row itself.
        var election: String?
        var number: Int64 = 0
    }

    /// Takes the lease for a life of a coordinator.
    ///
    /// - Parameters:
    ///   - instance: that life.
    ///   - now: by the store's clock, in microseconds.
    func acquire(_ instance: Int, for holder: LeaseHolder, until end: Int64, at now: Int64) -> LeaseAnswer {
        guard row.end <= now || row.instance == instance else { return .held(row.holder) }
        return .granted(beginTerm(LeaderRow(instance: instance, holder: holder, end: end)))
    }

    func renew(_ instance: Int, _ term: Term, until end: Int64, at now: Int64) -> LeaseAnswer {
        guard row.instance == instance, term == self.term else { return .held(holder(at: now)) }
        row.end = end
        return .granted(term)
    }

    func release(_ instance: Int, _ term: Term) {
        if row.instance == instance, term == self.term { row.end = 0 }
    }

    // MARK: - Elected elsewhere

    /// Why a coordinator can't be a candidate of an election: nil when it can.
    func obstacle(_ instance: Int, in election: String, at now: Int64) -> LeaseAnswer? {
        guard let leader = holder(at: now), row.instance != instance, row.election != election else { return nil }
        return .failed(reason: "\(leader.name) was elected by \(row.election ?? "the row")")
    }

    /// Takes the lease for who was elected elsewhere.
    func claim(
        _ instance: Int,
        _ mandate: Mandate,
        for holder: LeaseHolder,
        overruling overruled: Int64?,
        until end: Int64,
        at now: Int64
    ) -> ClaimAnswer {
        let isOfElection = row.election == mandate.election
        let isLater =
            row.number < mandate.number || row.number == overruled
            || row.number == mandate.number && row.instance == instance
        guard isOfElection ? isLater || !checksNumber : row.end <= now else {
            return isOfElection ? .outdated(by: row.number) : .answered(.held(self.holder(at: now)))
        }
        let row = LeaderRow(
            instance: instance,
            holder: holder,
            end: end,
            election: mandate.election,
            number: mandate.number
        )
        return .answered(.granted(beginTerm(row)))
    }

    private func holder(at now: Int64) -> LeaseHolder? { row.end > now ? row.holder : nil }
}
