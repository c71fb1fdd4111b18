import Logging
import NNG
import Synchronization
import Testing
import WeirTestSupport
import WeirWire

@testable import WeirNode

@Suite struct WatchedServerTests {
    private static let quick: NodeConfiguration.Watchdog = {
        var watchdog = NodeConfiguration.Watchdog()
        watchdog.interval = .milliseconds(100)
        watchdog.timeout = .milliseconds(1000)
        watchdog.failuresMax = 2
        watchdog.grace = .milliseconds(200)
        return watchdog
    }()

    /// What the server said when it gave up.
    private final class Failures: Sendable {
        private let all = Mutex<[TransportFailure]>([])
        var list: [TransportFailure] { all.withLock { $0 } }
        func add(_ failure: TransportFailure) { all.withLock { $0.append(failure) } }
    }

    private func server(_ failures: Failures) throws -> WatchedServer {
        try WatchedServer(
            security: .none,
            limits: NNGLimits(),
            watchdog: Self.quick,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            giveUp: { failures.add($0) }
        )
    }

    private func isMet(_ condition: () async throws -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    @Test(arguments: ["tcp://127.0.0.1:0", "ipc"])
    func aListenerThatStopsAnsweringIsMadeAnewOnTheSameURL(url: String) async throws {
        let directory = try TemporaryDirectory()
        let failures = Failures()
        let server = try server(failures)
        let bound = try server.listen(url == "ipc" ? "ipc://\(directory.path)/s" : url)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.serve { $0.reversed() } }
            defer { server.close() }
            // A client with a connection of its own finds the new listener by itself.
            let client = try RequestSocket(bound)
            defer { client.close() }
            #expect(try await client.request([1, 2], timeout: .seconds(30)) == [2, 1])
            // The watchdog believes a listener that has answered it.
            #expect(try await isMet { server.probesAnswered > 0 })
            server.stall()
            #expect(try await isMet { server.rebuilds == 1 })
            #expect(try await isMet { (try? await client.request([3, 4], timeout: .seconds(2))) == [4, 3] })
            #expect(failures.list.isEmpty)
        }
    }

    @Test func aListenerWhoseAddressIsTakenIsGivenUp() async throws {
        let failures = Failures()
        let server = try server(failures)
        let bound = try server.listen("tcp://127.0.0.1:0")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.serve { $0 } }
            defer { server.close() }
            let client = try RequestSocket(bound)
            #expect(try await client.request([1], timeout: .seconds(30)) == [1])
            client.close()
            #expect(try await isMet { server.probesAnswered > 0 })
            server.stall()
            // Takes the address, and answers nobody.
            let squatter = try ReplySocket()
            #expect(try await isMet { (try? squatter.listen(bound)) != nil })
            #expect(try await isMet { !failures.list.isEmpty })
            let failure = try #require(failures.list.first)
            #expect(failure.url == bound)
            #expect("\(failure)".contains("exit code 75"))
            withExtendedLifetime(squatter) {}
        }
    }

    /// In a deadlock of libnng the watchers that are tasks stand still as well.
    @Test func aServerWhoseTasksStandStillIsGivenUp() async throws {
        let failures = Failures()
        let server = try server(failures)
        let bound = try server.listen("tcp://127.0.0.1:0")
        defer { server.close() }
        server.watchTasks(tick: 0.01, ticksMax: 5)  // And nothing serves.
        #expect(try await isMet { failures.list.map(\.url) == [bound] })
    }

    @Test func wildcardsAreProbedOnLoopback() {
        #expect(WatchedServer.own("tcp://*:7700") == "tcp://127.0.0.1:7700")
        #expect(WatchedServer.own("tls+tcp://0.0.0.0:7700") == "tls+tcp://127.0.0.1:7700")
        #expect(WatchedServer.own("tcp://10.0.0.5:7700") == "tcp://10.0.0.5:7700")
        #expect(WatchedServer.own("ipc:///run/weir.sock") == "ipc:///run/weir.sock")
    }

    @Test func aProbeIsNoMessage() {
        #expect(ReplySocket.probe == [MessageLead.probe])
    }
}
