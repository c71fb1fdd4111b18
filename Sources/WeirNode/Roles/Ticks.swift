import ServiceLifecycle

/// Wall clock: how often machines are told that time has passed.
let tickInterval = Duration.milliseconds(10)

/// Runs something at each tick, until it says that it is done or the task is cancelled.
func everyTick(_ body: @escaping @Sendable () async -> TickOutcome) async {
    while !Task.isCancelled, await body() == .goOn {
        try? await Task.sleep(for: tickInterval)  // Ends early only by cancellation.
    }
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
