/// What a watchdog makes of its probes of one listener.
///
/// A listener is believed once it has answered. One that never did may be out of the probe's reach (a firewall), or have stalled before
/// the first probe: so it is rebuilt once, and if that does not help it is left alone.
struct WatchdogMachine {
    private enum State {
        /// Has never answered, perhaps not even after it was made anew. Next: answering.
        case unproven(failures: Int, isRebuilt: Bool)
        /// Answers, but for so many probes just now. Next: rebuilt.
        case answering(failures: Int)
        /// Was made anew, and has not answered since. Next: answering, or the end.
        case rebuilt(failures: Int)
    }

    /// What came of a probe.
    enum Outcome: Sendable {
        case answered
        case failed
        /// Every place of the server has a request under way: a probe waits behind them, and rightly so.
        case saturated
    }

    enum Action: Equatable {
        /// It does not answer the probe, never did, and was made anew for it.
        case warn
        /// It does not answer: make it anew.
        case rebuild
        /// It was made anew, and answers again.
        case recovered
        /// It was made anew, and does not answer: end the process.
        case giveUp
    }

    private var state = State.unproven(failures: 0, isRebuilt: false)
    private let failuresMax: Int

    init(failuresMax: Int) {
        self.failuresMax = max(1, failuresMax)
    }

    mutating func receive(_ outcome: Outcome) -> Action? {
        switch (state, outcome) {
        case (_, .saturated):
            return nil
        case (.rebuilt, .answered), (.unproven(_, isRebuilt: true), .answered):
            state = .answering(failures: 0)
            return .recovered
        case (_, .answered):
            state = .answering(failures: 0)
            return nil
        case (.unproven(let failures, let isRebuilt), .failed):
            if failures + 1 == failuresMax, !isRebuilt {
                state = .unproven(failures: 0, isRebuilt: true)
                return .rebuild
            }
            state = .unproven(failures: min(failures, failuresMax) + 1, isRebuilt: isRebuilt)
            return failures + 1 == failuresMax ? .warn : nil
        case (.answering(let failures), .failed):
            guard failures + 1 >= failuresMax else {
                state = .answering(failures: failures + 1)
                return nil
            }
            state = .rebuilt(failures: 0)
            return .rebuild
        case (.rebuilt(let failures), .failed):
            state = .rebuilt(failures: failures + 1)
            return failures + 1 >= failuresMax ? .giveUp : nil
        }
    }
}
