import Foundation
import Testing
import WeirTestSupport

/// A short churn; the long one is `deploy/churn.sh`.
@Suite(.serialized) struct ChurnTests {
    @Test func producersThatComeAndGoAreAnsweredAndCountedOnce() throws {
        let folder = try TemporaryDirectory()
        let config = folder.path + "/weir.yaml"
        // libnng 1.5 loses a listener now and then; an eager watchdog keeps the test short.
        try "watchdog:\n  interval_ms: 100\n  timeout_ms: 1000\n".write(
            toFile: config,
            atomically: true,
            encoding: .utf8
        )
        let node = try RunningNode(extra: [
            "--config", config, "--max-lateness", "unlimited", "--dedup-horizon", "unlimited",
        ])
        let churn = try Command("weir-churn", [node.ingest, "--clients", "300", "--seed", "11"])
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
    }
}
