import ServiceLifecycle
import WeirConnectors

/// Wall clock: how often machines are told that time has passed.
let tickInterval = Duration.milliseconds(10)

/// Runs something on its actor at each tick, until it says that it is done or the task is cancelled.
///
/// - Parameter executor: of that actor. Its thread measures the time, so that a tick wakes that one thread: a node without work has a
///   hundred ticks a second in each role.
func everyTick(
    of executor: ThreadExecutor,
    isolation: isolated any Actor = #isolation,
    _ body: () -> TickOutcome
) async {
    while !Task.isCancelled, body() == .goOn { await executor.sleep(for: tickInterval) }
}

enum TickOutcome: Sendable {
    case goOn
    case done
}

/// Waits until the service is to stop: in order, or because its task is cancelled.
func stopIsAskedFor() async {
    try? await gracefulShutdown()  // Throws when the task is cancelled, which asks for the same.
}

/// Waits for a condition, at most for so long. Returns whether it holds.
func isMet(within limit: Duration, _ condition: @Sendable () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + limit
    while await !condition() {
        guard ContinuousClock.now < end, !Task.isCancelled else { return false }
        try? await Task.sleep(for: tickInterval)  // Ends early only by cancellation.
    }
    return true
}
