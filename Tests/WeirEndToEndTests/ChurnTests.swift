import Foundation
import Testing
import WeirTestSupport

/// A short churn; the long one is `deploy/churn.sh`.
@Suite(.serialized) struct ChurnTests {
    @Test(arguments: ["ipc", "tls"]) func producersThatComeAndGoAreAnsweredAndCountedOnce(transport: String) throws {
        let folder = try TemporaryDirectory()
        let config = folder.path + "/weir.yaml"
        // libnng 1.5 loses a listener now and then; an eager watchdog keeps the test short.
        try "watchdog:\n  interval_ms: 100\n  timeout_ms: 1000\n".write(
            toFile: config,
            atomically: true,
            encoding: .utf8
        )
        var extra = ["--config", config, "--max-lateness", "unlimited", "--dedup-horizon", "unlimited"]
        var identity: [String] = []
        let certificates = try Certificates()
        if transport == "tls" {
            extra += ["--ingest", "tls+tcp://127.0.0.1:0", "--tls-ca", certificates.path("ca.pem")]
            extra += ["--tls-certificate", certificates.path("node.pem"), "--tls-key", certificates.path("node.key")]
            let both = try certificates.text("client.pem") + certificates.text("client.key")
            try both.write(toFile: folder.path + "/identity", atomically: true, encoding: .utf8)
            identity = ["--ca", certificates.path("ca.pem"), "--identity", folder.path + "/identity"]
        }
        let node = try RunningNode(extra: extra)
        let churn = try Command("weir-churn", [node.boundIngest, "--clients", "300", "--seed", "11"] + identity)
        #expect(churn.status == 0, "\(churn.output)\(churn.errors)\(node.log)")
        let report = try #require(JSONSerialization.jsonObject(with: Data(churn.output.utf8)) as? [String: Any])
        let answered = try #require(report["answered"] as? Int)
        #expect(answered > 100)
        #expect(report["killed"] as? Int ?? 0 > 20)
        try node.ctl(["flush"])
        let tally = try node.tally()
        let counted = try #require(tally["counted"])
        #expect(counted >= answered)
        #expect(counted <= 300)
        #expect(tally["accepted"] == counted + (tally["duplicate"] ?? 0))
        if transport == "tls" { #expect(!node.log.contains("made anew"), "\(node.log)") }
    }
}
