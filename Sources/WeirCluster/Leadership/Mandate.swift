/// What an election outside of the store gives to who wins it.
public struct Mandate: Sendable, Hashable {
    /// The name of the election: equal for all who stand in it, and for nobody else.
    public var election: String
    /// Greater for each winner than for the one before.
    public var number: Int64

    public init(election: String, number: Int64) {
        self.election = election
        self.number = number
    }
}
