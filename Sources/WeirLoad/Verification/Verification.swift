/// What came of comparing what was sent with what the windows say.
public struct Verification: Sendable, Codable, Equatable {
    public enum Mode: String, Sendable, Codable, CaseIterable {
        /// Nothing is compared.
        case none
        /// Counts and exact sums of every streaming window.
        case counts
        /// Whole records of every window, bit for bit.
        case exact
    }

    public enum Outcome: String, Sendable, Codable {
        case notAsked = "not_asked"
        case correct
        case wrong
        /// It can't be told; the notes say why.
        case unknown
    }

    public var mode: Mode
    public var outcome: Outcome
    public var windowsCompared = 0
    public var eventsSent = 0
    public var eventsCounted: Int?
    /// At most ``differencesMax``.
    public var differences: [String] = []
    public var differenceCount = 0
    public var notes: [String] = []

    public static let differencesMax = 20

    public init(mode: Mode, outcome: Outcome) {
        self.mode = mode
        self.outcome = outcome
    }
}
