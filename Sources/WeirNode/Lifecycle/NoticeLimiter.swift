import Logging
import Synchronization

/// Lets a notice through that was not given lately: for what would otherwise be logged with every retry.
final class NoticeLimiter: Sendable {
    /// Wall clock: a notice is not given again before.
    private static let interval = Duration.seconds(30)
    /// Subjects that are remembered; beyond that all are forgotten, and given again.
    private static let subjectsMax = 256

    private let last = Mutex<[String: ContinuousClock.Instant]>([:])

    /// Whether a notice on a subject is to be given now.
    func admits(_ subject: String, at now: ContinuousClock.Instant = .now) -> Bool {
        last.withLock { last in
            if let before = last[subject], now - before < Self.interval { return false }
            if last.count >= Self.subjectsMax { last = [:] }
            last[subject] = now
            return true
        }
    }
}

extension Logger {
    /// No answer is usual while a coordinator restarts; one that stays away is not, nor is an answer that can't be read, which needs an operator.
    ///
    /// - Parameter trouble: what the node is not ready for, as it had no answer for so long.
    func unanswered(_ failure: ControlFailure, _ trouble: String?, _ notices: NoticeLimiter) {
        if case .reply = failure, notices.admits(failure.description) {
            error("the coordinator can't be talked to", metadata: ["error": "\(failure)"])
        } else if let trouble, notices.admits("no coordinator") {
            warning(
                "waits for a coordinator (said at most every 30 s)",
                metadata: ["trouble": "\(trouble)", "error": "\(failure)"]
            )
        } else {
            debug("no answer from the coordinator", metadata: ["error": "\(failure)"])
        }
    }

    /// A refusal comes with every request that is sent again, up to 20 times a second, and may name another frame each time.
    func refused(_ reason: String, _ notices: NoticeLimiter) {
        guard notices.admits(reason.filter { !$0.isNumber }) else { return }
        warning(
            "the coordinator refused (said at most every 30 s a reason)",
            metadata: ["reason": "\(reason)"]
        )
    }
}
