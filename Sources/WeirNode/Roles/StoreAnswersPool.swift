import Synchronization
import WeirStorage

/// Some ``StoreAnswers``, in turn: one that waits for the store does not hold up all that is asked.
final class StoreAnswersPool: Sendable {
    private static let size = 4

    private let all: [StoreAnswers]
    private let turn = Atomic<Int>(0)

    init(_ store: SQLStore) {
        all = (0..<Self.size).map { _ in StoreAnswers(store) }
    }

    var next: StoreAnswers { all[turn.wrappingAdd(1, ordering: .relaxed).oldValue & (Self.size - 1)] }
}
