import Foundation
import Testing

/// The golden sets through `weir up` and `weirctl`, as an operator would run them.
@Suite(.serialized) struct GoldenClusterTests {
    /// All of 1, 2 and 5 workers by 1, 16 and 64 shards.
    static let shapes = [1, 2, 5].flatMap { workers in [1, 16, 64].map { (workers, $0) } }

    @Test(arguments: ["basic", "messy", "edge"], shapes)
    func anyClusterGivesTheExpectedRecords(set: String, shape: (workers: Int, shards: Int)) throws {
        let unlimited = set == "edge" ? ["--max-lateness", "unlimited", "--dedup-horizon", "unlimited"] : []
        let node = try RunningNode(workers: shape.workers, shards: shape.shards, extra: unlimited)
        let sent = try node.ctl(["send", "--batch-bytes", "20000", RunningNode.golden(set)])
        #expect(sent.status == 0, "\(sent.errors)")
        let flushed = try node.ctl(["flush"])
        #expect(flushed.status == 0, "\(flushed.errors)")
        try node.expectGolden(set)
        let tally = try node.tally()
        #expect(tally["accepted"] == tally["counted"]! + tally["duplicate"]! + tally["quarantined"]!)
        // Every window's newest intent is carried out, and its line is in the sink's file.
        let pending = try node.ctl(["intents", "--state", "pending", "--json"])
        #expect(pending.output.isEmpty)
    }

    @Test func killedAgainAndAgainNothingIsLostOrCountedTwice() throws {
        let node = try RunningNode(workers: 2)
        let lines = try String(contentsOfFile: RunningNode.golden("messy"), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        let step = lines.count / 4
        for part in 0..<5 {
            let slice = lines[min(part * step, lines.count)..<min((part + 1) * step, lines.count)]
            let sent = try node.ctl(["send", "-"], input: Data(slice.joined(separator: "\n").utf8))
            #expect(sent.status == 0, "\(sent.errors)")
            node.kill()
            try node.start(workers: 1 + part % 3)
        }
        try node.ctl(["flush"])
        try node.expectGolden("messy")
        let tally = try node.tally()
        let accepted = lines.filter { !$0.allSatisfy(\.isWhitespace) }.count
        #expect(tally["accepted"] == accepted)
        #expect(tally["accepted"] == tally["counted"]! + tally["duplicate"]! + tally["quarantined"]!)
    }

    @Test func stoppedInTheMiddleItGoesOnWhereItWas() throws {
        let node = try RunningNode(workers: 2)
        try node.ctl(["send", RunningNode.golden("messy")])
        let stop = node.stop()
        #expect(stop.status == 0)
        #expect(stop.seconds < 10)
        try node.start(workers: 3)
        try node.ctl(["flush"])
        try node.expectGolden("messy")
        // A second flush finds nothing to do, and intents keep their payloads: one line an intent in the sink's file.
        try node.ctl(["flush"])
        let events = try String(contentsOfFile: node.records, encoding: .utf8).split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        let ids = events.compactMap { $0["event_id"] as? String }
        #expect(ids.count == events.count && Set(ids).count == ids.count)
    }

    @Test func openWindowsAreShownWithTheirState() throws {
        let node = try RunningNode(workers: 2)
        try node.ctl(["send", RunningNode.golden("basic")])
        let end = Date().addingTimeInterval(20)
        while try node.tally()["counted"] != 386, Date() < end { usleep(20_000) }
        let all = try node.ctl(["windows", "--type", "daily", "--open", "--json"])
        #expect(all.lines.contains { $0.hasPrefix("{\"state\":\"pending\",") })
        let workflow = try #require(all.lines.first)
        #expect(workflow.contains("\"window_type\":\"daily\""))
        let open = try node.ctl(["windows", "--type", "weekly", "--open", "--json"])
        #expect(open.lines.count == 1)
        let closed = try node.ctl(["windows", "--type", "weekly", "--json"])
        #expect(closed.output.isEmpty)
    }
}
