import Logging
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirNode

/// A coordinator in the test's own process, with its store in the test's directory.
enum TestCoordinator {
    static func configuration(in directory: TemporaryDirectory) -> Configuration {
        var configuration = Configuration()
        configuration.node.dataDirectory = directory.path + "/c"
        configuration.node.controlURL = "ipc://\(directory.path)/c.sock"
        configuration.node.http.listener = .off
        return configuration
    }

    /// Runs a body while the coordinator serves; ends it afterwards.
    static func run(_ configuration: Configuration, _ body: () async throws -> Void) async throws {
        let coordinator = try RoleNode.coordinator(NodeName("c")!, configuration, log: Logger(label: "test"))
        let (ready, isReady) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await coordinator.run(stopSignals: []) { _ in isReady.yield() } }
            for await _ in ready { break }
            try await body()
            group.cancelAll()
        }
    }
}
