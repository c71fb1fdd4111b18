import Synchronization
import WeirLoad

/// Expected windows that several threads put together.
final class ExpectedParts: Sendable {
    private let sum: Mutex<ExpectedWindows>

    init(_ empty: ExpectedWindows) {
        sum = Mutex(empty)
    }

    func merge(_ part: ExpectedWindows) { sum.withLock { $0.merge(part) } }

    var whole: ExpectedWindows { sum.withLock { $0 } }
}
