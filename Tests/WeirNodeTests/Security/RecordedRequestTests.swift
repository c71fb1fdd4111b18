import NNG
import Synchronization
import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirNode

/// A coordinator whose wire a stranger reads, and to which it can speak.
@Suite struct RecordedRequestTests {
    private final class Wire: Sendable {
        private let socket: ReplySocket
        private let onward: RequestSocket
        private let heard = Mutex<[[UInt8]]>([])

        init(from url: String, to coordinator: String) throws {
            socket = try ReplySocket()
            onward = try RequestSocket(coordinator)
            try socket.listen(url)
        }

        var recorded: [[UInt8]] { heard.withLock { $0 } }

        func run() async {
            await socket.serve { bytes in
                self.heard.withLock { $0.append(bytes) }
                return await self.send(bytes)
            }
        }

        /// The coordinator's answer; nothing when there is none.
        func send(_ bytes: [UInt8]) async -> [UInt8] {
            (try? await onward.request(bytes, timeout: .seconds(10))) ?? []
        }

        func close() {
            socket.close()
            onward.close()
        }
    }

    @Test func aCommitThatAStrangerRecordedAndSendsAgainIsRefused() async throws {
        let directory = try TemporaryDirectory()
        var configuration = TestCoordinator.configuration(in: directory)
        for role in [PeerRole.worker, .ingest] {
            let path = "\(directory.path)/\(role)"
            try "the-secret-of-\(role)-0123456789".write(toFile: path, atomically: true, encoding: .utf8)
            configuration.node.security.roleSecrets[role] = path
        }
        let security = try TransportSecurity(configuration.node.security, as: .worker)
        try await TestCoordinator.run(configuration) {
            let wire = try Wire(from: "ipc://\(directory.path)/wire.sock", to: configuration.node.controlURL)
            async let isRead: Void = wire.run()
            let worker = try ControlClient(
                url: "ipc://\(directory.path)/wire.sock",
                timeout: .seconds(10),
                security: security,
                as: .worker
            )
            let commit = try await join(worker)
            guard case .committed(let receipt) = try await worker.send(.commit(commit)) else {
                Issue.record("the commit was refused")
                return
            }
            #expect(receipt.number == commit.number)

            let recorded = wire.recorded
            #expect(recorded.count > 2)
            for bytes in recorded {
                #expect(bytes.first == MessageLead.proven)
                let reply = await wire.send(bytes)
                // A session that is of no use without the secret, and nothing else.
                #expect(reply.first == MessageLead.proven)
                #expect(reply.count == 2 + SessionToken.bytesCount + JoinSecret.tagBytes)
            }
            // The worker itself goes on, with the same session.
            guard case .committed = try await worker.send(.commit(commit)) else {
                Issue.record("the worker's own repetition was refused")
                return
            }

            // Another role's secret is of no use for it.
            let ingest = try ControlClient(
                url: configuration.node.controlURL,
                timeout: .seconds(10),
                security: security,
                as: .ingest
            )
            #expect(try await ingest.send(.commit(commit)).isForbidden)
            #expect(try await ingest.send(.admin(.flush)).isForbidden)
            // A worker's name is not an ingest's to take out.
            #expect(try await ingest.send(.leave(commit.worker, commit.incarnation)).isForbidden)
            ingest.close()
            worker.close()
            wire.close()
            await isRead
        }
    }

    /// Joins as the only worker. Returns the first commit to make.
    private func join(_ client: ControlClient) async throws -> Commit {
        let presence = WorkerPresence(name: NodeName("w")!, incarnation: Incarnation(1), dataURL: "ipc:///nowhere")
        let clock = ContinuousClock()
        let end = clock.now + .seconds(30)
        while clock.now < end {
            if case .assigned(let assignment) = try await client.send(.joinWorker(presence)) {
                return Commit(
                    worker: presence.name,
                    incarnation: presence.incarnation,
                    epoch: assignment.view.epoch,
                    number: CommitNumber(1)
                )
            }
        }
        throw SecurityFailure.unreadable(path: "the coordinator", reason: "it places no shards")
    }
}

extension ControlReply {
    fileprivate var isForbidden: Bool {
        if case .forbidden = self { true } else { false }
    }
}
