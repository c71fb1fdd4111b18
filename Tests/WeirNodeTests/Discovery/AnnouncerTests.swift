import Foundation
import Logging
import Synchronization
import Testing

@testable import WeirNode

@Suite struct AnnouncerTests {
    /// A registry that fails so many times first.
    private final class Flaky: Registry {
        let place = "a registry"
        let interval = Duration.milliseconds(5)
        let calls = Mutex((announced: 0, withdrawn: 0, failures: 1))

        func announce() async throws(DiscoveryFailure) {
            let fails = calls.withLock { calls in
                calls.announced += 1
                calls.failures -= 1
                return calls.failures >= 0
            }
            if fails { throw .unreachable(place: place, reason: "it is not there") }
        }

        func withdraw() async throws(DiscoveryFailure) { calls.withLock { $0.withdrawn += 1 } }
        func close() async {}
    }

    @Test func aRegistryThatIsAwayIsAskedAgainAndWhatWasSaidIsTakenBack() async throws {
        let registry = Flaky()
        let announcer = Task { await Announcer([registry], log: Logger(label: "test")).run() }
        while registry.calls.withLock({ $0.announced }) < 3 { try await Task.sleep(for: .milliseconds(5)) }
        announcer.cancel()
        await announcer.value
        #expect(registry.calls.withLock { $0.withdrawn } == 1)
    }
}
