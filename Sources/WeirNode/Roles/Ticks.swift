import ServiceLifecycle

/// Wall clock: how often machines are told that time has passed.
let tickInterval = Duration.milliseconds(10)

/// Runs something at each tick, until the service is to stop.
func everyTick(_ body: @escaping @Sendable () async -> Void) async {
    await cancelWhenGracefulShutdown {
        while !Task.isCancelled {
            await body()
            try? await Task.sleep(for: tickInterval)  // Ends early only by cancellation.
        }
    }
}
