import Synchronization
import WeirWire

/// The epoch that a role takes part in, for who logs: 0 outside of any, as executors always are.
final class CurrentEpoch: Sendable {
    private let number = Atomic<UInt64>(0)

    func set(_ epoch: Epoch) { number.store(epoch.value, ordering: .relaxed) }

    var value: UInt64 { number.load(ordering: .relaxed) }
}
