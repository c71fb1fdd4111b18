/// When the coordinator last gave a node an answer that it can use, for the node's readiness.
///
/// A coordinator that is started again is away for moments, in which a node does its work as before: so its silence counts as trouble only after
/// ``silenceMax``.
struct CoordinatorContact: Sendable {
    typealias Instant = ContinuousClock.Instant

    private let url: String
    /// Wall clock: how long a node may be without an answer before it is not ready.
    private let silenceMax: Duration
    private var answeredAt: Instant?
    private var refusal: String?

    /// - Parameters:
    ///   - url: of the coordinator.
    ///   - silenceMax: 1 s…1 h; `node.coordinator_silence_ms`.
    init(url: String, silenceMax: Duration) {
        self.url = url
        self.silenceMax = silenceMax
    }

    mutating func noteAnswer(at now: Instant) {
        answeredAt = now
        refusal = nil
    }

    /// An answer that is none: the coordinator is there, and does not let the node take part.
    mutating func noteRefusal(_ reason: String) { refusal = reason }

    /// What keeps the node from its coordinator, and what can be done; nil when it had an answer lately.
    func trouble(at now: Instant) -> String? {
        guard let answeredAt else {
            if let refusal { return "the coordinator at \(url) refuses: \(refusal)" }
            return "the coordinator at \(url) gives no answer; see to it that one runs there (--join)"
        }
        let silence = now - answeredAt
        guard silence > silenceMax else { return nil }
        let seconds = silence.components.seconds
        if let refusal { return "the coordinator at \(url) has refused for \(seconds) s: \(refusal)" }
        return "the coordinator at \(url) has given no answer for \(seconds) s; "
            + "see to it that one runs there (--join) and that it can be reached"
    }
}
