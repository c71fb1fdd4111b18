/// The lease of the leader among coordinators, in etcd: a key that hangs on a lease of etcd. Its holder claims the store's row of the leadership
/// with the key's number, which gives it a term, and prolongs both: who can't write the store leads nobody.
///
/// That the key is held decides who tries, as a lease in the database does; every transaction is still fenced by the term, in the database.
/// One thing is asked of the lease at a time, and each takes a few questions: ``acquire(for:)``, ``renew(_:)`` and ``release(_:)`` give the first,
/// ``take(_:)`` the next, until it is finished.
public struct ElectionMachine: Sendable {
    /// What comes after the answer that is waited for.
    private enum State {
        /// → looking, renewing, releasing
        case idle
        /// → checking, withdrawing
        case looking(LeaseHolder)
        /// → clearing, renewingOwn, granting, withdrawing
        case checking(LeaseHolder, Ballot)
        /// A key of its own on a lease that it has given up is taken away. → renewingOwn, granting, withdrawing
        case clearing(LeaseHolder, cluster: String)
        /// → standing, granting, withdrawing
        case renewingOwn(LeaseHolder, cluster: String)
        /// → standing, withdrawing
        case granting(LeaseHolder, cluster: String)
        /// → claiming, withdrawing
        case standing(LeaseHolder, cluster: String, lease: String)
        /// → idle, lookingAgain, withdrawing
        case claiming(LeaseHolder, Mandate, Ballot.Winner)
        /// → overruling, withdrawing
        case lookingAgain(LeaseHolder, Mandate, Ballot.Winner, claimed: Int64)
        /// → idle, withdrawing
        case overruling
        /// Who can't lead makes room for who can. → idle
        case withdrawing(LeaseAnswer)
        /// → renewingRow, idle
        case renewing(Term)
        /// → idle
        case renewingRow
        /// → releasingRow
        case releasing(Term)
        /// → idle
        case releasingRow
    }

    private let key: String
    /// Of this life of the process alone.
    private let instance: String
    /// Of etcd, on which the own key hangs, or is to hang; nil for none.
    private var lease: String?
    private var state = State.idle

    /// - Parameters:
    ///   - key: of the election; one for each cluster.
    ///   - instance: unlike that of any other process, at any time.
    public init(key: String, instance: String) {
        self.key = key
        self.instance = instance
    }

    /// How long a holder may count on the lease, from when it asked: a tenth less than etcd was asked for, for clocks that go at different speeds.
    public static func holdingTime(of duration: Duration) -> Duration { duration * 9 / 10 }

    /// etcd counts whole seconds, and is asked for the next one.
    public static func leaseSeconds(of duration: Duration) -> Int { Int((duration / .seconds(1)).rounded(.up)) }

    // MARK: - Lease

    /// Takes the lease in a new term, if it is free or the asker's own.
    public mutating func acquire(for holder: LeaseHolder) -> ElectionStep {
        begin()
        return ask(.look, .looking(holder))
    }

    /// Prolongs it.
    public mutating func renew(_ term: Term) -> ElectionStep {
        begin()
        guard let lease else { return .finished(.held(nil)) }
        return ask(.renewLease(lease), .renewing(term))
    }

    /// Gives it back. Where that fails, it ends by itself.
    public mutating func release(_ term: Term) -> ElectionStep {
        begin()
        guard let lease else { return ask(.releaseRow(term), .releasingRow) }
        self.lease = nil
        return ask(.revokeLease(lease), .releasing(term))
    }

    /// Takes the answer to the last question.
    public mutating func take(_ answer: ElectionAnswer) -> ElectionStep {
        let state = state
        self.state = .idle
        switch (state, answer) {
        case (.withdrawing(let outcome), .done), (.withdrawing(let outcome), .failed): return .finished(outcome)
        case (.releasing(let term), .done), (.releasing(let term), .failed):
            return ask(.releaseRow(term), .releasingRow)
        case (.renewing, .failed(let reason)): return .finished(.failed(reason: reason))
        case (_, .failed(let reason)): return withdraw(.failed(reason: reason))

        case (.looking(let holder), .ballot(let ballot)):
            return ask(.check(election: election(ballot.cluster)), .checking(holder, ballot))
        case (.checking, .checked(let obstacle?)): return withdraw(obstacle)
        case (.checking(let holder, let ballot), .checked(nil)): return stand(holder, ballot)
        case (.clearing(let holder, let cluster), .done): return prolongOwn(holder, cluster)
        case (.renewingOwn(let holder, let cluster), .renewed(let isThere)):
            if isThere, let lease { return stand(holder, cluster, on: lease) }
            lease = nil
            return prolongOwn(holder, cluster)
        case (.granting(let holder, let cluster), .granted(let granted)): return stand(holder, cluster, on: granted)
        case (.standing(let holder, let cluster, let lease), .ballot(let ballot)):
            guard let winner = ballot.winner, winner.lease == lease, ballot.cluster == cluster else {
                return withdraw(.held(ballot.winner?.candidate?.holder))
            }
            let mandate = Mandate(election: election(cluster), number: winner.number)
            return ask(.claim(mandate, holder, overruling: nil), .claiming(holder, mandate, winner))

        case (.claiming, .claimed(.answered(let outcome))), (.overruling, .claimed(.answered(let outcome))):
            if case .granted = outcome { return .finished(outcome) }
            return withdraw(outcome)
        case (.claiming(let holder, let mandate, let winner), .claimed(.outdated(let claimed))):
            return ask(.look, .lookingAgain(holder, mandate, winner, claimed: claimed))
        case (.lookingAgain(let holder, let mandate, let winner, let claimed), .ballot(let ballot)):
            // Either another was elected since, or etcd was restored from a backup, and counts anew what it had counted before. When the
            // key is still this one's after the other number was seen, no later winner can have claimed with that.
            guard ballot.winner == winner else { return withdraw(.held(nil)) }
            return ask(.claim(mandate, holder, overruling: claimed), .overruling)
        case (.overruling, .claimed(.outdated)): return withdraw(.held(nil))

        case (.renewing(let term), .renewed(let isThere)):
            if isThere { return ask(.renewRow(term), .renewingRow) }
            lease = nil
            return .finished(.held(nil))
        case (.renewingRow, .row(let outcome)): return .finished(outcome)
        case (.releasingRow, .done): return .finished(.held(nil))

        default: preconditionFailure("\(answer) is no answer to what was asked, in \(state)")
        }
    }

    // MARK: - Steps

    private func begin() {
        guard case .idle = state else { preconditionFailure("one thing at a time is asked of the lease: \(state)") }
    }

    private mutating func ask(_ question: ElectionQuestion, _ next: State) -> ElectionStep {
        state = next
        return .ask(question)
    }

    private func election(_ cluster: String) -> String { "etcd \(cluster), key \(key)" }

    private mutating func stand(_ holder: LeaseHolder, _ before: Ballot) -> ElectionStep {
        guard let winner = before.winner else { return prolongOwn(holder, before.cluster) }
        guard winner.candidate?.instance == instance else { return withdraw(.held(winner.candidate?.holder)) }
        if winner.lease == lease { return prolongOwn(holder, before.cluster) }
        // It was given up, and etcd did not say that it is over: that may be on its way, and would take the key from a leader.
        return ask(.revokeLease(winner.lease), .clearing(holder, cluster: before.cluster))
    }

    /// The lease that there is, prolonged, or a new one.
    private mutating func prolongOwn(_ holder: LeaseHolder, _ cluster: String) -> ElectionStep {
        guard let lease else { return ask(.grantLease, .granting(holder, cluster: cluster)) }
        return ask(.renewLease(lease), .renewingOwn(holder, cluster: cluster))
    }

    private mutating func stand(_ holder: LeaseHolder, _ cluster: String, on lease: String) -> ElectionStep {
        self.lease = lease
        let own = Candidate(holder, instance: instance)
        return ask(.stand(own, lease: lease), .standing(holder, cluster: cluster, lease: lease))
    }

    /// Gives the key up, if it has it. Where that fails, its lease ends by itself.
    private mutating func withdraw(_ outcome: LeaseAnswer) -> ElectionStep {
        guard let lease else { return .finished(outcome) }
        self.lease = nil
        return ask(.revokeLease(lease), .withdrawing(outcome))
    }
}
