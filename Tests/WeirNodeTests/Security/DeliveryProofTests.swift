import Logging
import NNG
import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirNode

/// The data port of a worker whose cluster has secrets of roles: ingests are heard, and nobody else.
@Suite struct DeliveryProofTests {
    @Test func aWorkerHearsIngestsAlone() async throws {
        let directory = try TemporaryDirectory()
        var configuration = NodeConfiguration()
        for role in [PeerRole.worker, .ingest] {
            let path = "\(directory.path)/\(role)"
            try "the-secret-of-\(role)-0123456789".write(toFile: path, atomically: true, encoding: .utf8)
            configuration.security.roleSecrets[role] = path
        }
        let security = try TransportSecurity(configuration.security, as: .worker)
        let worker = try WorkerNode(
            name: NodeName("w")!,
            incarnation: Incarnation(1),
            dataURL: "ipc://\(directory.path)/data",
            controlURL: "ipc://\(directory.path)/nobody",
            departure: .silent,
            configuration: configuration,
            security: security,
            contract: Contract(),
            metrics: NodeMetrics(),
            tracer: nil,
            epoch: CurrentEpoch(),
            log: Logger(label: "test")
        )
        let delivery = Delivery(
            epoch: Epoch(1),
            ingest: NodeName("i")!,
            previous: .none,
            parts: [],
            through: .none,
            newest: nil,
            isIdle: false
        ).encoded
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await worker.run() }
            let url = worker.url
            func answer(_ security: TransportSecurity, as role: PeerRole) async throws -> [UInt8] {
                let line = security.line(try RequestSocket(url), .data, to: url)
                defer { line.close() }
                return try await line.request(delivery, as: [role], timeout: .seconds(20))
            }
            let heard = try await answer(security, as: .ingest)
            #expect(WireRefusal(heard) == nil)
            #expect(throws: Never.self) { try DeliveryReply(decoding: heard) }
            #expect(WireRefusal(try await answer(security, as: .worker))?.reason.contains("role ingest") == true)
            #expect(WireRefusal(try await answer(.none, as: .ingest))?.reason.contains("proves no role") == true)
            group.cancelAll()
        }
    }
}
