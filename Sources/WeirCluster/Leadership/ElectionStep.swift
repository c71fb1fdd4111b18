/// What an ``ElectionMachine`` asks, one question at a time.
public enum ElectionQuestion: Sendable, Hashable {
    // MARK: To etcd

    /// Who is elected. Answer: a ballot.
    case look
    /// A lease for the key. Answer: granted.
    case grantLease
    /// Answer: renewed.
    case renewLease(String)
    /// Ends it, and with it the key that hangs on it. Answer: done.
    case revokeLease(String)
    /// Make the key unless it is there. Answer: the ballot after it.
    case stand(Candidate, lease: String)

    // MARK: To the store

    /// Whether one that is to be elected there can lead. Answer: checked.
    case check(election: String)
    /// Take the row of the leadership. Answer: claimed.
    case claim(Mandate, LeaseHolder, overruling: Int64?)
    /// Prolong it. Answer: row.
    case renewRow(Term)
    /// Give it back. Answer: done.
    case releaseRow(Term)
}

/// What becomes of an ``ElectionQuestion``.
public enum ElectionAnswer: Sendable, Hashable {
    case ballot(Ballot)
    case granted(lease: String)
    /// Whether the lease was still there.
    case renewed(Bool)
    /// Why it can't lead; nil when it can.
    case checked(obstacle: LeaseAnswer?)
    case claimed(ClaimAnswer)
    case row(LeaseAnswer)
    case done
    /// No answer of etcd, or a refusal. What was asked may happen all the same, now or later.
    case failed(reason: String)
}

/// Where an ``ElectionMachine`` is.
public enum ElectionStep: Sendable, Hashable {
    case ask(ElectionQuestion)
    /// What was asked of the lease has its answer.
    case finished(LeaseAnswer)
}
