/// What becomes of claiming the store with a ``Mandate``.
public enum ClaimAnswer: Sendable, Hashable {
    case answered(LeaseAnswer)
    /// A claim of the same election with this number was before.
    case outdated(by: Int64)
}
