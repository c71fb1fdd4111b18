/// How long a line may have requests outstanding, without any answer, before it is not believed in any more.
///
/// Only time in which a request is outstanding counts, so that a line which is used seldom is not taken for a silent one. It adds up over requests
/// that end by their timeouts, however short these are, until an answer comes.
struct Silence: Sendable, Equatable {
    typealias Instant = ContinuousClock.Instant

    private let boundMin: Duration
    private let boundMax: Duration
    /// What is borne now: ``boundMin``, or more where the lines before were as silent.
    private(set) var bound: Duration
    private var outstanding = 0
    /// Waited since the last answer, up to ``since``.
    private var waited = Duration.zero
    /// From when on what is outstanding now counts; of no meaning while nothing is.
    private var since: Instant?

    /// - Parameters:
    ///   - boundMin: what is borne at first, and again after an answer.
    ///   - boundMax: what is borne at most; at least `boundMin`.
    init(boundMin: Duration, boundMax: Duration) {
        self.boundMin = boundMin
        self.boundMax = max(boundMin, boundMax)
        bound = boundMin
    }

    /// Of the line that takes the place of a silent one: it is given twice the time, so that a peer which is away or slow for long does not see
    /// one connection after the other.
    var successor: Silence {
        var next = Silence(boundMin: boundMin, boundMax: boundMax)
        next.bound = min(bound * 2, boundMax)
        return next
    }

    /// How long nothing was answered, while something was outstanding.
    func length(at now: Instant) -> Duration { waited + (since.map { now - $0 } ?? .zero) }

    func isTooLong(at now: Instant) -> Bool { length(at: now) > bound }

    mutating func asked(at now: Instant) {
        if outstanding == 0 { since = now }
        outstanding += 1
    }

    /// A request ended with an answer.
    mutating func answered(at now: Instant) {
        end(at: now)
        waited = .zero
        bound = boundMin
        if since != nil { since = now }
    }

    /// A request ended without one.
    mutating func unanswered(at now: Instant) { end(at: now) }

    private mutating func end(at now: Instant) {
        precondition(outstanding > 0, "a request ends once, after it began")
        outstanding -= 1
        guard outstanding == 0 else { return }
        waited = length(at: now)
        since = nil
    }
}
