import Testing
import WeirTestSupport
import WeirWire

@testable import WeirNode

@Suite struct ControlClientTests {
    /// A coordinator, and a line to it among others that are gone.
    @Test func oneThatIsGoneLeavesTheOthersTheirShareOfAShortTime() async throws {
        let directory = try TemporaryDirectory()
        let configuration = TestCoordinator.configuration(in: directory)
        try await TestCoordinator.run(configuration) {
            // Not twice as long as one may take.
            let client = try ControlClient(
                url: "ipc://\(directory.path)/gone.sock,\(configuration.node.controlURL)",
                timeout: .milliseconds(1900),
                security: .none,
                as: nil
            )
            defer { client.close() }
            guard case .json = try await client.send(.admin(.status)) else {
                Issue.record("there is no status")
                return
            }
        }
    }
}
