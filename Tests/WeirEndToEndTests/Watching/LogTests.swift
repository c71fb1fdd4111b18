import Foundation
import Testing

/// What the logs of a cluster say, line by line.
@Suite(.serialized) struct LogTests {
    @Test func everyLineSaysNodeRoleAndEpochAndNamesTheIdsOfWhatItIsAbout() throws {
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 1,
            intents: ["retry_policy:", "  attempts_max: 2", "  backoff_initial_ms: 1"],
            prepare: RunningCluster.fillRecordsDisk
        )
        let correlation = "5f0c0a52-6f0f-4a5f-9d5e-0123456789ab"
        let bad = #"{"event_type":"CODEGEN_STARTED","event_id":"no","correlation_id":"\#(correlation)"}"#
        try cluster.send([Substring(bad)] + RunningCluster.golden("basic"), to: 1)
        try cluster.flush()
        let roles = cluster.ingests + cluster.workers + cluster.executors + [cluster.coordinator]
        for role in roles { #expect(role.stop().status == 0) }

        var lines: [[String: String]] = []
        for (role, name) in zip(roles, ["ingest", "worker", "executor", "coordinator"]) {
            for line in role.log.split(separator: "\n") {
                let said = try #require(
                    JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String],
                    "\(line)"
                )
                #expect(said["node"] == (name == "coordinator" ? name : role.name), "\(line)")
                #expect(said["role"] == name, "\(line)")
                #expect(said["epoch"].flatMap { UInt64($0) } != nil, "\(line)")
                lines.append(said)
            }
        }
        for role in ["ingest", "worker", "coordinator"] {
            #expect(lines.contains { $0["role"] == role && $0["epoch"] != "0" }, "\(role)")
        }
        func about(_ message: String) throws -> [[String: String]] {
            let found = lines.filter { $0["message"]?.contains(message) == true }
            try #require(!found.isEmpty, "\(message)")
            return found
        }
        let intents = Set(try cluster.recordedIDs(about("a window closed")).map(\.intent))
        for message in ["was not carried out", "will be tried again", "was given up"] {
            #expect(Set(try cluster.recordedIDs(about(message)).map(\.intent)).isSubset(of: intents))
        }
        let quarantine = try about("go to quarantine")
        #expect(
            quarantine.contains { $0["correlation_id"] == correlation && $0["detail"]?.contains("event_id") == true }
        )
    }
}

extension RunningCluster {
    /// The ids of lines that must have them.
    fileprivate func recordedIDs(_ lines: [[String: String]]) throws -> [(intent: String, correlation: String)] {
        try lines.map { line in
            (try #require(line["intent_id"], "\(line)"), try #require(line["correlation_id"], "\(line)"))
        }
    }
}
