import Foundation
import Testing
import WeirTestSupport

/// `weirctl replay` of events: journals and files into a side cluster, and into the cluster that they are of.
@Suite(.serialized) struct ReplayTests {
    private static let unlimited = ["--max-lateness", "unlimited", "--dedup-horizon", "unlimited"]

    /// A node that has counted a golden set.
    private func filledNode(_ set: String, extra: [String] = []) throws -> RunningNode {
        let node = try RunningNode(workers: 2, extra: extra)
        #expect(try node.ctl(["send", "--batch-bytes", "20000", RunningNode.golden(set)]).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        return node
    }

    private func replay(_ arguments: [String], to node: RunningNode) throws -> (command: Command, totals: [String: Any])
    {
        let command = try node.ctl(["replay"] + arguments + ["--ingest", node.ingest, "--json"])
        let totals = try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any]
        return (command, try #require(totals, "\(command.errors)"))
    }

    private func journal(of node: RunningNode) -> String { node.directory.path + "/data" }

    /// Newest records by window, as text, without what depends on the run: also how often it was emitted, and so its id.
    private func records(_ node: RunningNode) throws -> [String] {
        try node.ctl(["windows", "--json"]).lines.map { line in
            [
                "timestamp", "created_at", "aggregation_duration_ms", "items_per_second", "revision", "event_id",
            ].reduce(String(line)) {
                $0.replacing(try! Regex("\"\($1)\":(\"[^\"]*\"|[^,}]*)"), with: "", maxReplacements: 1)
            }
        }.sorted()
    }

    @Test(arguments: ["basic", "messy", "edge"])
    func aJournalInASideClusterGivesTheSameRecords(set: String) throws {
        let node = try filledNode(set, extra: set == "edge" ? Self.unlimited : [])
        let side = try RunningNode(workers: 3, shards: 16, extra: Self.unlimited)
        let (command, totals) = try replay(["journal", journal(of: node), "--batch-bytes", "30000"], to: side)
        #expect(command.status == 0, "\(command.errors)\(command.output)")
        #expect(command.errors.isEmpty)
        let before = try node.tally()
        #expect(totals["read"] as? Int == before["counted"]! + before["duplicate"]!)
        #expect(totals["sent"] as? Int == totals["read"] as? Int)
        try side.ctl(["flush"])
        try side.expectGolden(set)
        #expect(try records(side) == records(node))
        let after = try side.tally()
        #expect(after["counted"] == before["counted"] && after["duplicate"] == before["duplicate"])
        #expect(after["quarantined"] == 0)
        let share = try #require(totals["cluster"] as? [String: Any])
        #expect(share["counted"] as? Int == before["counted"])
        // What was refused goes there as well when it is asked for.
        let again = try replay(["journal", journal(of: node), "--with-refused", "--allow-late"], to: side)
        let refused = try #require(again.totals["refused"] as? [String: Int]).values.reduce(0, +)
        #expect(again.command.status == (refused > 0 ? 2 : 0))
        #expect(again.totals["quarantined"] as? Int == before["quarantined"] && refused == before["quarantined"])
        #expect(try side.tally()["counted"] == before["counted"])
    }

    @Test func aJournalInItsOwnClusterIsAllDuplicates() throws {
        let node = try filledNode("basic")
        let before = try node.ctl(["windows", "--json"]).output
        let (command, totals) = try replay(["journal", journal(of: node), "--rate", "3000"], to: node)
        #expect(command.status == 0, "\(command.errors)\(command.output)")
        #expect(totals["seconds"] as? Double ?? 0 > 0.02, "paced")
        let share = try #require(totals["cluster"] as? [String: Any])
        #expect(share["duplicate"] as? Int == 386 && share["counted"] as? Int == 0)
        try node.ctl(["flush"])
        #expect(try node.ctl(["windows", "--json"]).output == before)
        // The journal has them twice now; its lines of a workflow, as a user would look for them.
        let golden = try String(contentsOfFile: RunningNode.golden("basic"), encoding: .utf8)
        let line = try #require(golden.split(separator: "\n").first)
        let id = try #require(line.firstMatch(of: /"workflow_id": ?"([^"]*)"/)?.1)
        let lines = try Command(
            "weirctl",
            ["replay", "journal", journal(of: node), "--workflow", String(id), "--output", "-"]
        )
        #expect(!lines.lines.isEmpty && lines.lines.count % 2 == 0)
        #expect(lines.lines.allSatisfy { $0.contains("\"workflow_id\":\"\(id.lowercased())\"") })
        #expect(lines.errors.contains("from its first frame on"), "\(lines.errors)")
    }

    @Test func linesWrittenFromAJournalAggregateToTheSameRecords() throws {
        let node = try filledNode("messy")
        let file = node.directory.path + "/lines.ndjson"
        let written = try Command("weirctl", ["replay", "journal", journal(of: node), "--output", file])
        #expect(written.status == 0 && written.output.contains("lines written"), "\(written.errors)")
        let run = try Command("weir", ["aggregate", "--windows", "all", file])
        try GoldenComparison.expect("messy", run.output)
    }

    @Test func whatIsBrokenInAJournalIsToldAndTheRestIsSent() throws {
        let node = try filledNode("messy")
        node.kill()
        let segment = journal(of: node) + "/journal/00000000000000000001.journal"
        var bytes = try Data(contentsOf: URL(filePath: segment))
        bytes[32 + 100] ^= 1
        bytes.append(contentsOf: [1, 2, 3])
        try bytes.write(to: URL(filePath: segment))
        let side = try RunningNode(workers: 1, extra: Self.unlimited)
        let (command, totals) = try replay(["journal", journal(of: node)], to: side)
        #expect(command.status == 2)
        #expect(totals["losses"] as? Int == 1 && totals["torn_bytes"] as? Int == 3)
        let lost = try #require((totals["lost"] as? [[String: Any]])?.first)
        #expect(lost["segment"] as? String == segment && lost["offset"] as? Int == 32)
        let sent = try #require(totals["sent"] as? Int)
        #expect(sent > 0)
        #expect(try side.tally()["accepted"] == sent)
        let text = try Command("weirctl", ["replay", "journal", journal(of: node), "--dry-run"])
        #expect(text.status == 2 && text.output.contains("lost: \(segment): "), "\(text.output)")
        // Nothing was changed.
        #expect(try Data(contentsOf: URL(filePath: segment)) == bytes)
    }

    @Test func aFileIsSentFromWhereAnEarlierRunWas() throws {
        let node = try RunningNode(workers: 1)
        let file = node.directory.path + "/events.ndjson"
        let lines = try String(contentsOfFile: RunningNode.golden("basic"), encoding: .utf8).split(separator: "\n")
        let state = ["--state", node.directory.path + "/state"]
        var sent = 0
        for count in [200, 386, 386] {
            try (lines[..<count].joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            let (command, totals) = try replay(["file", file] + state, to: node)
            #expect(command.status == 0, "\(command.errors)\(command.output)")
            #expect(totals["sent"] as? Int == count - sent)
            sent = count
        }
        try node.ctl(["flush"])
        try node.expectGolden("basic")
        #expect(try node.tally()["duplicate"] == 0)
    }

    @Test func whatTheClusterWouldFindTooLateIsRefusedUnlessItIsWanted() throws {
        let node = try RunningNode(workers: 1, extra: ["--max-lateness", "10s", "--dedup-horizon", "60s"])
        func file(_ number: Int, _ time: String) throws -> String {
            let path = node.directory.path + "/\(number).ndjson"
            try (BadInputTests.event(number).replacingOccurrences(of: "2026-11-03T00:00:01Z", with: time) + "\n")
                .write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        let first = try file(1, "2026-11-03T01:00:00Z")
        #expect(try replay(["file", first], to: node).command.status == 0)
        try node.ctl(["flush"])
        let old = try file(2, "2026-11-03T00:59:00Z")
        let refused = try node.ctl(["replay", "file", old, "--ingest", node.ingest])
        #expect(refused.status == 1)
        #expect(refused.errors.contains("an event of 2026-11-03T00:59:00Z is older"), "\(refused.errors)")
        #expect(refused.errors.contains("--from-time 2026-11-03T00:59:5"), "\(refused.errors)")
        #expect(try node.tally()["accepted"] == 1)
        let (late, totals) = try replay(["file", old, "--allow-late"], to: node)
        #expect(late.status == 2)
        let share = try #require(totals["cluster"] as? [String: Any])
        #expect((share["quarantined_by_reason"] as? [String: Int]) == ["too_late": 1])
        // A selection that leaves the old event out is sent.
        let (selected, none) = try replay(["file", old, first, "--from-time", "2026-11-03T01:00:00Z"], to: node)
        #expect(selected.status == 0 && none["selected"] as? Int == 1)
    }

    @Test func anIngestThatTakesNothingIsWaitedForAndNothingIsSkipped() async throws {
        let node = try RunningNode(workers: 1)
        #expect(try node.ctl(["drain", "ingest-1", "--yes"]).status == 0)
        let process = Process()
        process.executableURL = Command.programs.appending(path: "weirctl")
        process.arguments = ["replay", "file", RunningNode.golden("basic"), "--batch-bytes", "10000", "--json"]
        process.arguments! += ["--ingest", node.ingest, "--to", node.control]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        defer { process.terminate() }
        try await awaitThat("the ingest refuses a request") {
            try await HTTPAnswer(node, "/metrics").text.contains(
                "weir_ingest_requests_total{source=\"nng\",outcome=\"retry\"}"
            )
        }
        #expect(try node.ctl(["drain", "ingest-1", "--undo", "--yes"]).status == 0)
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let totals = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        #expect(totals["sent"] as? Int == 386)
        #expect(totals["retries"] as? Int ?? 0 > 0)
        try node.ctl(["flush"])
        try node.expectGolden("basic")
    }

    @Test func mistakesAreNamed() throws {
        func errors(_ arguments: [String], _ status: Int32) throws -> String {
            let command = try Command("weirctl", ["replay"] + arguments)
            #expect(command.status == status, "\(command.output)\(command.errors)")
            return command.errors
        }
        #expect(try errors(["journal", "/nowhere"], 1).contains("/nowhere"))
        #expect(try errors(["file", "/nowhere"], 1).contains("/nowhere"))
        #expect(try errors(["file", "-", "--state", "s"], 64).contains("--state"))
        #expect(try errors(["file", "a", "--from-time", "noon"], 64).contains("--from-time noon"))
        #expect(try errors(["file", "a", "--workflow", "7"], 64).contains("--workflow 7"))
        #expect(try errors(["file", "a", "--rate", "0"], 64).contains("--rate 0"))
        #expect(try errors(["file", "a", "--ingest", "tcp://127.0.0.1:1"], 64).contains("--to"))
        let with = ["--with-refused", "--until-time", "2026-11-03T00:00:00Z"]
        #expect(try errors(["file", "a"] + with, 64).contains("--with-refused"))
        let empty = try TemporaryDirectory()
        #expect(try errors(["journal", empty.path], 1).contains("no segments of a journal"))
    }
}
