import WeirWire

/// A coordinator that has the lease.
public struct LeaseHolder: Sendable, Hashable {
    public var name: NodeName
    /// Where others reach it.
    public var url: String

    public init(name: NodeName, url: String) {
        self.name = name
        self.url = url
    }
}

/// What becomes of asking for the lease, or for its prolongation.
public enum LeaseAnswer: Sendable, Hashable {
    /// It is the asker's, in this term: a new one, or the one that is prolonged.
    case granted(Term)
    /// It is another's; nil when it is nobody's, as after a term was given back.
    case held(LeaseHolder?)
    /// No answer; the lease may have been granted all the same.
    case failed(reason: String)
}
