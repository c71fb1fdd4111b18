import Foundation

/// State that one thread uses at a time, for as long as it takes: a connection, of which libpq asks that.
///
/// Unchecked: the state is touched by who holds the lock alone.
final class ExclusiveState<State>: @unchecked Sendable {
    private let lock = NSLock()
    private var state: State

    init(_ state: State) { self.state = state }

    /// Waits until nobody else uses it.
    func use<Value>(_ body: (inout State) throws -> Value) rethrows -> Value {
        lock.lock()
        defer { lock.unlock() }
        return try body(&state)
    }

    /// Nil, and nothing is done, when another uses it.
    func useIfFree<Value>(_ body: (inout State) throws -> Value) rethrows -> Value? {
        guard lock.try() else { return nil }
        defer { lock.unlock() }
        return try body(&state)
    }
}
