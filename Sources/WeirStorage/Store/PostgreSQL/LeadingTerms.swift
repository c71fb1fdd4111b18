import Synchronization
import WeirCluster

/// Whether the term that leads now, by what its process was told, is over already: for those who wait for the database in it.
final class LeadingTerms: Sendable {
    private struct State {
        /// Nil before the first.
        var current: Term?
        var ended: Term?
    }

    private let state = Mutex(State())

    func begin(_ term: Term) { state.withLock { $0.current = term } }

    /// May come before the term was begun.
    func end(_ term: Term) {
        state.withLock { $0.ended = max($0.ended ?? term, term) }
    }

    /// Not before the first.
    var isOver: Bool {
        state.withLock { state in
            guard let current = state.current, let ended = state.ended else { return false }
            return current <= ended
        }
    }
}
