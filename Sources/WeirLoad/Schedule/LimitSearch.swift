/// Searches the highest rate that holds: doubles until one does not, then halves the gap. A machine without a clock or a cluster: it
/// is asked for a rate, and told what came of it.
public struct LimitSearch: Sendable {
    private enum State: Sendable {
        /// No rate has failed yet. → bisecting, finished
        case doubling(highestHeld: Double?, next: Double)
        /// No rate has held yet. → bisecting, finished
        case halving(lowestMissed: Double, next: Double)
        case bisecting(held: Double, missed: Double)
        case finished(held: Double?)
    }

    private var state: State
    private let precision: Double
    private let range: ClosedRange<Double>

    /// - Parameters:
    ///   - start: first rate, within the range.
    ///   - precision: gap between what holds and what does not, as a share of the former, at which the search ends.
    public init(from start: Double, in range: ClosedRange<Double>, precision: Double) {
        state = .doubling(highestHeld: nil, next: start)
        self.precision = precision
        self.range = range
    }

    /// The rate to try; nil when the search is over.
    public var next: Double? {
        switch state {
        case .doubling(_, let next), .halving(_, let next): next
        case .bisecting(let held, let missed): (held + missed) / 2
        case .finished: nil
        }
    }

    /// The highest rate that held; nil when none did.
    public var highestHeld: Double? {
        switch state {
        case .doubling(let held, _): held
        case .halving: nil
        case .bisecting(let held, _): held
        case .finished(let held): held
        }
    }

    /// What came of trying ``next``.
    public mutating func tried(_ rate: Double, held: Bool) {
        switch state {
        case .doubling(let highest, _):
            if held {
                let doubled = min(range.upperBound, rate * 2)
                state = doubled > rate ? .doubling(highestHeld: rate, next: doubled) : .finished(held: rate)
            } else if let highest {
                state = settled(held: highest, missed: rate)
            } else {
                state = halved(rate)
            }
        case .halving(let missed, _):
            state = held ? settled(held: rate, missed: missed) : halved(rate)
        case .bisecting(let lower, let upper):
            state = held ? settled(held: rate, missed: upper) : settled(held: lower, missed: rate)
        case .finished: break
        }
    }

    private func halved(_ rate: Double) -> State {
        let half = max(range.lowerBound, rate / 2)
        return half < rate ? .halving(lowestMissed: rate, next: half) : .finished(held: nil)
    }

    private func settled(held: Double, missed: Double) -> State {
        missed - held <= precision * held ? .finished(held: held) : .bisecting(held: held, missed: missed)
    }
}
