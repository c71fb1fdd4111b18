import Synchronization
import WeirCore
import WeirLoad

/// A lane whose senders take batches from it in turn, written at the moment that they are taken, or before the run.
final class LaneQueue: Sendable {
    private struct State: ~Copyable {
        var lane: LoadLane
        var observer: LaneObserver
        var buffer = LineBuffer(capacity: 1 << 18)
        var written: [(batch: BatchPlanner.Batch, bytes: [UInt8])] = []
        var handedOut = 0
        var generating = Duration.zero
        var isPregenerated = false
    }

    private let state: Mutex<State>

    init(_ lane: LoadLane, contract: Contract) {
        state = Mutex(State(lane: lane, observer: LaneObserver(contract: contract, origin: lane.origin)))
    }

    /// Writes all batches now. O(events) time and memory.
    func pregenerate() {
        state.withLock { state in
            state.isPregenerated = true
            while let batch = state.lane.next(into: &state.buffer, observer: &state.observer) {
                state.written.append((batch, Array(state.buffer.bytes)))
            }
        }
    }

    /// The next batch, in place of what `bytes` holds; nil at the end.
    func take(into bytes: inout [UInt8]) -> BatchPlanner.Batch? {
        state.withLock { state in
            if state.isPregenerated {
                guard state.handedOut < state.written.count else { return nil }
                let (batch, text) = state.written[state.handedOut]
                bytes = text
                state.written[state.handedOut].bytes = []
                state.handedOut += 1
                return batch
            }
            let began = ContinuousClock.now
            guard let batch = state.lane.next(into: &state.buffer, observer: &state.observer) else { return nil }
            bytes.removeAll(keepingCapacity: true)
            bytes.append(contentsOf: state.buffer.bytes)
            state.handedOut += 1
            state.generating += ContinuousClock.now - began
            return batch
        }
    }

    /// Batches taken.
    var taken: Int { state.withLock { $0.handedOut } }
    /// Time spent in writing during the run.
    var generating: Duration { state.withLock { $0.generating } }
    /// What was noted of the lines; of more than were taken when the batches were written before a run that was cut short.
    var observer: LaneObserver { state.withLock { $0.observer } }
    var isTakenWhole: Bool { state.withLock { !$0.isPregenerated || $0.handedOut == $0.written.count } }
}
