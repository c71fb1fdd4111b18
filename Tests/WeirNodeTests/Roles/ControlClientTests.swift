import Logging
import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirNode

@Suite struct ControlClientTests {
    /// A coordinator, and a line to it among others that are gone.
    @Test func oneThatIsGoneLeavesTheOthersTheirShareOfAShortTime() async throws {
        let directory = try TemporaryDirectory()
        var configuration = Configuration()
        configuration.node.dataDirectory = directory.path + "/c"
        configuration.node.controlURL = "ipc://\(directory.path)/c.sock"
        configuration.node.http.listener = .off
        let coordinator = try RoleNode.coordinator(NodeName("c")!, configuration, log: Logger(label: "test"))
        let (ready, isReady) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await coordinator.run(stopSignals: []) { _ in isReady.yield() } }
            for await _ in ready { break }
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
            group.cancelAll()
        }
    }
}
