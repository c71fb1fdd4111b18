import Foundation
import Testing
import WeirTestSupport

/// `weirload` against a real node. Nothing here depends on how fast the machine is.
@Suite(.serialized) struct LoadTestTests {
    private func load(_ node: RunningNode, _ arguments: [String]) throws -> (command: Command, report: [String: Any]) {
        let file = node.directory.path + "/report.json"
        let command = try Command(
            "weirload",
            [
                "run", "--control", node.control, "--intents", node.intents, "--window-size-ms", "500", "--warm-up",
                "0",
                "--json", file,
            ] + arguments
        )
        let data = try #require(FileManager.default.contents(atPath: file), "\(command.errors)")
        return (command, try #require(JSONSerialization.jsonObject(with: data) as? [String: Any]))
    }

    private static let noise = [
        "--duplicates", "0.03", "--late", "0.01", "--malformed", "0.03", "--disorder", "0.1", "--envelopes", "0.2",
    ]

    @Test func whatWasSentIsWhatTheWindowsSayBitForBit() throws {
        let node = try RunningNode(workers: 2, extra: ["--window-size-ms", "500"])
        let page = node.directory.path + "/report.html"
        let (command, report) = try load(
            node,
            ["--ingest", node.ingest, "--rate", "3000", "--duration", "4s", "--report", page] + Self.noise
        )
        #expect(command.status == 0, "\(command.output)\(command.errors)")
        let verification = try #require(report["verification"] as? [String: Any])
        #expect(verification["outcome"] as? String == "correct")
        #expect(verification["mode"] as? String == "exact")
        // Eight streaming windows at least, and one of each longer type.
        #expect(try #require(verification["windows_compared"] as? Int) >= 12)
        let totals = try #require(report["totals"] as? [String: Any])
        #expect(totals["acknowledged_events"] as? Int == 12_000)
        let windows = try #require(report["windows"] as? [[String: Any]])
        #expect(windows.count >= 4)
        #expect(windows.allSatisfy { $0["latency_ms"] is Double })
        let processes = try #require(report["processes"] as? [[String: Any]])
        #expect(processes.count == 1)
        #expect(try String(contentsOfFile: page, encoding: .utf8).hasPrefix("<!DOCTYPE html>"))
        let tally = try node.tally()
        #expect(tally["accepted"] == 12_000)
    }

    @Test func aSecondRunOnTheSameClusterOverHTTPIsTakenForWhatItIs() throws {
        let node = try RunningNode(workers: 1, extra: ["--window-size-ms", "500"])
        for _ in 0..<2 {
            let (command, report) = try load(
                node,
                [
                    "--ingest", node.http.absoluteString, "--rate", "2000", "--events", "4000", "--verify", "counts",
                    "--intents", "off", "--pregenerate",
                ] + Self.noise
            )
            #expect(command.status == 0, "\(command.output)\(command.errors)")
            #expect((report["verification"] as? [String: Any])?["outcome"] as? String == "correct")
        }
        #expect(try node.tally()["accepted"] == 8000)
    }

    @Test func overHTTPSWithAProducersTokenAndAnAuthorityOfOnesOwn() throws {
        let certificates = try Certificates()
        let token = try TemporaryDirectory()
        let producer = token.path + "/producer"
        try String(repeating: "0123456789abcdef", count: 2).write(toFile: producer, atomically: true, encoding: .utf8)
        let file = try RunningNode.configuration(
            """
            http:
              tls_certificate: \(certificates.path("node.pem"))
              tls_key: \(certificates.path("node.key"))
              tokens: ["load:producer=\(producer)"]

            """
        )
        let node = try RunningNode(workers: 1, extra: ["--config", file.path, "--window-size-ms", "500"])
        let port = try #require(node.http.port)
        let run = ["--rate", "2000", "--events", "2000", "--verify", "counts"]
        let authority = ["--tls-ca", certificates.path("ca.pem")]
        // By name and by address; with the token named, or found in the node's own file.
        for access in [
            ["--ingest", "https://localhost:\(port)", "--token-file", producer],
            ["--ingest", "https://127.0.0.1:\(port)", "--config", file.path],
        ] {
            let (command, report) = try load(node, access + authority + run + Self.noise)
            #expect(command.status == 0, "\(command.output)\(command.errors)")
            #expect((report["verification"] as? [String: Any])?["outcome"] as? String == "correct")
        }
        #expect(try node.tally()["accepted"] == 4000)
        func refusal(_ access: [String]) throws -> String {
            let command = try Command(
                "weirload",
                ["run", "--control", node.control, "--intents", "off", "--verify", "none", "--ingest"] + access + run
            )
            #expect(command.status == 1)
            return command.errors
        }
        let url = "https://localhost:\(port)"
        let unknown = try refusal([url, "--token-file", producer])
        #expect(unknown.lowercased().contains("certificate"), "\(unknown)")
        let anonymous = try refusal([url] + authority)
        #expect(anonymous.contains("401"), "\(anonymous)")
    }

    @Test func aMissedObjectiveAndARegressionShowInTheExitCode() throws {
        let node = try RunningNode(workers: 1, extra: ["--window-size-ms", "500"])
        let (command, _) = try load(
            node,
            ["--ingest", node.ingest, "--rate", "1000", "--duration", "1s", "--require-rate", "1000000000"]
        )
        #expect(command.status == 2)
        #expect(command.output.contains("MISSED: acknowledged rate"))
        let report = node.directory.path + "/report.json"
        let same = try Command("weirload", ["compare", report, report])
        #expect(same.status == 0, "\(same.output)\(same.errors)")
        let worse = node.directory.path + "/worse.json"
        let text = try String(contentsOfFile: report, encoding: .utf8)
        try text.replacing(#/"acknowledged_per_second" : [0-9.]+/#, with: "\"acknowledged_per_second\" : 1")
            .write(toFile: worse, atomically: true, encoding: .utf8)
        let compared = try Command("weirload", ["compare", report, worse])
        #expect(compared.status == 1)
        #expect(compared.output.contains("REGRESSION"))
        #expect(try Command("weirload", ["compare", report, "/nowhere.json"]).status == 2)
    }

    @Test func aLimitIsFoundWhereTheObjectiveIsGenerous() throws {
        let node = try RunningNode(workers: 1, extra: ["--window-size-ms", "500"])
        let found = try Command(
            "weirload",
            [
                "find-limit", "--ingest", node.ingest, "--control", node.control, "--p99", "600s", "--from", "100",
                // Long enough that a late answer at a step's end is no shortfall in its rate, also on a busy machine.
                "--max", "200", "--step-duration", "4s", "--warm-up", "0", "--settle", "0",
            ]
        )
        #expect(found.status == 0, "\(found.output)\(found.errors)")
        #expect(found.output.contains("limit: 200 events/s"))
    }

    @Test func withoutANodeARunSaysWhatIsMissing() throws {
        let command = try Command(
            "weirload",
            [
                "run", "--control", "ipc:///tmp/weir-nobody", "--ingest", "http://127.0.0.1:9", "--verify", "none",
                "--intents", "off",
            ]
        )
        #expect(command.status == 1)
        #expect(command.errors.contains("no ingest answers at http://127.0.0.1:9"))
    }

    @Test func aGeneratedFileIsWhatItsSummarySays() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/events.ndjson"
        let generated = try Command("weirload", ["generate", "--events", "5000", file] + Self.noise)
        #expect(generated.status == 0)
        let aggregated = try Command("weir", ["aggregate", file])
        func summary(_ text: String) throws -> [String: Any] {
            let line = Data(try #require(text.split(separator: "\n").last).utf8)
            return try #require(JSONSerialization.jsonObject(with: line) as? [String: Any])
        }
        let written = try summary(generated.errors)
        let read = try summary(aggregated.errors)
        for name in ["lines", "events", "duplicates"] { #expect(written[name] as? Int == read[name] as? Int) }
        #expect(written["quarantined"] as? [String: Int] == read["quarantined"] as? [String: Int])
    }
}
