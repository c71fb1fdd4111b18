import Foundation
import Testing
import WeirTestSupport

/// The certificates of a node's lines change while it runs.
@Suite(.serialized) struct RenewedCertificateTests {
    private let folder: TemporaryDirectory
    private let node: RunningNode
    private let first: Certificates

    init() throws {
        folder = try TemporaryDirectory()
        first = try Certificates()
        try first.put(["ca.pem", "node.pem", "node.key"], in: folder)
        node = try RunningNode(extra: [
            "--ingest", "tls+tcp://127.0.0.1:0", "--tls-ca", folder.path + "/ca.pem",
            "--tls-certificate", folder.path + "/node.pem", "--tls-key", folder.path + "/node.key",
        ])
    }

    /// Whether a producer of an authority is answered.
    private func isAnswered(_ certificates: Certificates, within seconds: Int = 30) throws -> Bool {
        try Command(
            "weirctl",
            [
                "send", RunningNode.golden("basic"), "--ingest", node.boundIngest, "--give-up-after", "\(seconds)",
                "--tls-ca", certificates.path("ca.pem"),
                "--tls-certificate", certificates.path("client.pem"), "--tls-key", certificates.path("client.key"),
            ]
        ).status == 0
    }

    @Test func theSuccessorsAreServedAndBelievedWithoutARestart() throws {
        let second = try Certificates()
        #expect(try isAnswered(first), "\(node.log)")
        #expect(try !isAnswered(second, within: 2))
        try awaitThat("the refusal is told", told: { node.log }) { node.log.contains("refused a client's connection") }

        try second.put(["ca.pem", "node.pem", "node.key"], in: folder)
        try awaitThat("the log tells", told: { node.log }) { node.log.contains("tls+tcp has a new certificate") }
        #expect(try isAnswered(second), "\(node.log)")
        #expect(try !isAnswered(first, within: 2))

        // What can't be served is not, and is told.
        try first.put(["node.key"], in: folder)
        try awaitThat("the log tells", told: { node.log }) { node.log.contains("can't be used together") }
        try "none".write(toFile: folder.path + "/ca.pem", atomically: true, encoding: .utf8)
        try awaitThat("the log tells", told: { node.log }) { node.log.contains("holds no PEM") }
        #expect(try isAnswered(second))
        #expect(!node.log.contains("PRIVATE KEY"))
    }
}
