/// Where a node looks for the coordinator that leads, among those that it was told of.
///
/// It stays with one as long as that answers. A standby names the leader; one that gave no answer is passed over for a while, as
/// the standby may not know yet that it is gone.
public struct LeaderSearch: Sendable {
    /// Control URLs; at least one.
    public let urls: [String]
    /// Of ``urls``, the one to ask now.
    public private(set) var current = 0
    /// Whether that one has led when it answered last.
    public private(set) var isFound = false
    /// By URL, until when it is passed over: a span of a steady clock since any fixed moment.
    private var passedOverUntil: [Duration]
    /// Standbys in a row that named nobody else to ask.
    private var refusals = 0

    /// How long one that gave no answer is passed over, as long as there are others.
    static let silencePause = Duration.seconds(2)
    /// How long it waits before it asks again when no other is left to be asked: a new leader is being found.
    static let roundPause = Duration.milliseconds(100)

    public init(_ urls: [String]) {
        precondition(!urls.isEmpty, "a node knows a coordinator at least")
        self.urls = urls
        passedOverUntil = urls.map { _ in .zero }
    }

    /// One has answered, and leads.
    public mutating func found(_ index: Int) {
        current = index
        isFound = true
        refusals = 0
        passedOverUntil[index] = .zero
    }

    /// One gave no answer.
    public mutating func noAnswer(of index: Int, at now: Duration) {
        passedOverUntil[index] = now + Self.silencePause
        guard index == current else { return }
        isFound = false
        advance(at: now)
    }

    /// One is a standby. Returns how long to wait before the next is asked.
    ///
    /// - Parameter leader: the URL that it named.
    public mutating func isStandby(_ index: Int, leader: String?, at now: Duration) -> Duration {
        guard index == current else { return .zero }
        isFound = false
        if let leader, let named = urls.firstIndex(of: leader), named != index, passedOverUntil[named] <= now {
            current = named
        } else {
            advance(at: now)
        }
        refusals += 1
        guard refusals >= urls.count else { return .zero }
        refusals = 0
        return Self.roundPause
    }

    /// To the next that is not passed over; to the next of all if all are.
    private mutating func advance(at now: Duration) {
        let others = (1...urls.count).map { (current + $0) % urls.count }
        current = others.first { passedOverUntil[$0] <= now } ?? others[0]
    }
}
