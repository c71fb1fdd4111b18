import Logging
import NNG

extension Logger {
    /// Tells whom a listener with TLS closes: what scanners of ports and killed clients do at the level debug, and else each reason at most every 30 s.
    func refusals() -> @Sendable (TLSRefusal) -> Void {
        let notices = NoticeLimiter()
        return { refusal in
            let metadata: Metadata = ["peer": "\(refusal.peer)", "reason": "\(refusal.reason)"]
            if refusal.isRoutine {
                debug("closed a client's connection", metadata: metadata)
            } else if notices.admits(refusal.reason.filter { !$0.isNumber }) {
                warning("refused a client's connection (said at most every 30 s a reason)", metadata: metadata)
            }
        }
    }
}
