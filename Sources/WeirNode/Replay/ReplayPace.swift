/// How fast events are sent: an average over all that was sent so far.
struct ReplayPace: Sendable, Hashable {
    /// Events a second; nil for as fast as they are taken.
    let rate: Int?

    /// Lines of a request: a tenth of a second's, so that a slow pace is an even one.
    var linesMax: Int { rate.map { max(1, $0 / 10) } ?? .max }

    /// How long to wait before more is sent.
    func pause(sent: Int, after elapsed: Duration) -> Duration {
        guard let rate else { return .zero }
        return max(.zero, .nanoseconds(Int64(Double(sent) / Double(rate) * 1e9)) - elapsed)
    }
}
