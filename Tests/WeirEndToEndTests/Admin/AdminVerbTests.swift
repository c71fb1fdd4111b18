import Foundation
import Testing
import WeirTestSupport

/// The verbs of weirctl that look at a cluster, keep it, and publish it again, against a running node.
@Suite(.serialized) struct AdminVerbTests {
    private func filledNode() throws -> RunningNode {
        let node = try RunningNode()
        #expect(try node.ctl(["send", RunningNode.golden("messy")]).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        return node
    }

    @Test func watermarksAndTopShowTheCluster() throws {
        let node = try filledNode()
        let watermarks = try node.ctl(["watermarks"])
        #expect(watermarks.output.contains("ingest-1") && watermarks.output.contains("behind the clock"))
        let json = try node.ctl(["watermarks", "--json"])
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect((object["sources"] as? [[String: Any]])?.first?["lag_frames"] as? Int == 0)
        let top = try node.ctl(["top", "--once"])
        #expect(top.status == 0, "\(top.errors)")
        for part in ["ready", "worker-1", "worker-2", "ingest-1", "slowest shards", "malformed_json 50"] {
            #expect(top.output.contains(part), "\(part)")
        }
        #expect(try node.ctl(["top", "--json"]).lines.count == 2)
        for verb in ["watermarks", "top"] {
            let nobody = try Command("weirctl", [verb, "--to", "ipc:///tmp/weir-nobody", "--timeout", "0.2"])
            #expect(nobody.status == 1 && nobody.errors.contains("no coordinator answers"), "\(nobody.errors)")
        }
    }

    @Test func topFillsATerminalAndLeavesItAsItWas() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux") else { return }
        let node = try filledNode()
        let socket = node.directory.path + "/tmux"
        let program = Command.programs.appending(path: "weirctl").path
        let shell = "\(program) top --to \(node.control); echo left-$?; read line"
        func tmux(_ arguments: [String]) throws -> Command { try Command("/usr/bin/tmux", ["-S", socket] + arguments) }
        // tmux leaves a server behind, which must not hold what this process waits on.
        let start =
            "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], stdout=-3, stderr=-3, stdin=-3).returncode)"
        let session = ["-S", socket, "-f", "/dev/null", "new-session", "-d", "-x", "70", "-y", "30", shell]
        #expect(try Command("/usr/bin/env", ["python3", "-c", start, "/usr/bin/tmux"] + session).status == 0)
        defer { _ = try? tmux(["kill-server"]) }
        func screen(showing text: String) throws -> String {
            let end = Date().addingTimeInterval(30)
            var screen = ""
            while !screen.contains(text), Date() < end {
                screen = try tmux(["capture-pane", "-p"]).output
                usleep(50_000)
            }
            return screen
        }
        let shown = try screen(showing: "q quits")
        #expect(shown.contains("SHARDS") && shown.contains("ingest-1") && shown.contains("q quits"), "\(shown)")
        #expect(shown.split(separator: "\n").allSatisfy { $0.count <= 70 })
        _ = try tmux(["send-keys", "q"])
        let left = try screen(showing: "left-0")
        #expect(left.contains("left-0") && !left.contains("SHARDS"), "\(left)")
    }

    @Test func replayPublishesTheSameIntentsAgain() throws {
        let node = try filledNode()
        func attempts() throws -> [String: Int] {
            let rows = try node.ctl(["intents", "list", "--limit", "100000", "--json"]).lines
            return try rows.reduce(into: [:]) { attempts, row in
                let intent = try #require(JSONSerialization.jsonObject(with: Data(row.utf8)) as? [String: Any])
                attempts[try #require(intent["intent_id"] as? String)] = intent["attempts"] as? Int
            }
        }
        let before = try attempts()
        let span = ["--from", "2026-11-03T00:00:00Z", "--to", "2026-11-03T01:00:00Z"]
        let asked = try node.ctl(["replay"] + span + ["--type", "hourly"])
        #expect(asked.status == 64 && asked.errors.contains("--yes"), "\(asked.errors)")
        let replayed = try node.ctl(["replay"] + span + ["--type", "hourly", "--yes", "--json"])
        #expect(replayed.output.contains("{\"retried\":1}"), "\(replayed.output)\(replayed.errors)")
        let end = Date().addingTimeInterval(30)
        while try !node.ctl(["intents", "--state", "pending", "--json"]).output.isEmpty, Date() < end { usleep(20_000) }
        #expect(try Set(attempts().keys) == Set(before.keys))
        let none = try node.ctl(["replay", "--from", "2030-01-01T00:00:00Z", "--to", "2031-01-01T00:00:00Z", "--yes"])
        #expect(none.output.contains("0 windows"))
        let wrong = try node.ctl(["replay", "--from", "noon", "--to", "2031-01-01T00:00:00Z", "--yes"])
        #expect(wrong.status == 64 && wrong.errors.contains("--from noon"))
    }

    @Test func aBackupOfARunningNodeBringsItBack() throws {
        let node = try filledNode()
        let data = node.directory.path + "/data"
        let file = node.directory.path + "/backup.sqlite"
        let before = try node.ctl(["windows", "--json"]).output
        let made = try Command("weirctl", ["backup", "--data", data, file, "--json"])
        #expect(made.status == 0 && made.output.contains("\"shards\":64"), "\(made.errors)")
        let again = try Command("weirctl", ["backup", "--data", data, file])
        #expect(again.status == 1 && again.errors.contains("of that name already"), "\(again.errors)")
        let running = try Command("weirctl", ["restore", "--data", data, file, "--yes"])
        #expect(running.status == 1 && running.errors.contains("in use by another process"), "\(running.errors)")

        // What comes after the backup is counted again from the journal.
        #expect(try node.ctl(["send", "-"], input: Data(BadInputTests.event(1).utf8)).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        let tally = try node.tally()
        #expect(node.stop().status == 0)
        let damaged = node.directory.path + "/damaged"
        try Data("not a store".utf8).write(to: URL(filePath: damaged))
        let refused = try Command("weirctl", ["restore", "--data", data, damaged, "--yes"])
        #expect(refused.status == 1 && refused.errors.contains("can't be read"), "\(refused.errors)")
        let restored = try Command("weirctl", ["restore", "--data", data, file, "--yes"])
        #expect(restored.status == 0, "\(restored.errors)")
        #expect(FileManager.default.fileExists(atPath: data + "/weir.sqlite.before-restore"))
        try node.start(workers: 2)
        #expect(try node.ctl(["flush"]).status == 0)
        #expect(try node.tally() == tally)
        let closed = try node.ctl(["windows", "--json"]).lines.map(String.init)
        for record in before.split(separator: "\n") where !record.contains("\"window_start\":\"2026-11-03T00:00:00Z\"")
        {
            // Windows that the later event did not touch are as they were.
            let start = record.firstRange(of: "\"window_start\":\"").map { record[$0.upperBound...].prefix(20) }
            if let start, !["2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"].contains(start) {
                #expect(closed.contains(String(record)) || record.contains("\"revision\""))
            }
        }
    }

    @Test func configurationsAreCheckedShownAndCompared() throws {
        let file = try RunningNode.configuration("node:\n  shards: 16\n")
        // A variable of the build is none of a node's, and would be warned of.
        let program = Command.programs.appending(path: "weirctl").path
        let right = try Command("/usr/bin/env", ["-u", "WEIR_STRICT", program, "config", "check", file.path])
        #expect(right.status == 0 && right.output.contains("is right"), "\(right.output)\(right.errors)")
        let broken = try RunningNode.configuration("node:\n  shards: none\n  colour: red\n")
        let wrong = try Command("weirctl", ["config", "check", broken.path, "--json"])
        #expect(wrong.status == 1 && wrong.output.contains("\"ok\":false"), "\(wrong.output)")
        #expect(wrong.output.contains("node.shards") && wrong.output.contains("node.colour"))
        let shown = try Command("weirctl", ["config", "show", file.path])
        #expect(shown.status == 0 && shown.output.contains("shards: 16"), "\(shown.errors)")
        let different = try Command("weirctl", ["config", "diff", file.path, "--json"])
        #expect(different.status == 2, "\(different.errors)")
        #expect(different.lines == ["{\"key\":\"weir.yaml: node.shards\",\"first\":\"16\",\"second\":\"64\"}"])
        let same = try Command("weirctl", ["config", "diff", file.path, file.path])
        #expect(same.status == 0 && same.output.contains("no difference"))
        let missing = try Command("weirctl", ["config", "show", file.path + ".none"])
        #expect(missing.status == 1)
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func completionIsPrinted(shell: String) throws {
        let script = try Command("weirctl", ["completion", shell])
        #expect(script.status == 0 && script.output.contains("quarantine"))
        #expect(try Command("weirctl", ["completion", "tcsh"]).status == 64)
    }

    @Test func refusedLinesAndIntentsAreShownFollowedAndSettled() throws {
        let node = try RunningNode()
        #expect(try node.ctl(["send", "-"], input: Data("{\n\(BadInputTests.event(1))\nx\n".utf8)).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        let shown = try node.ctl(["quarantine", "show", "1"])
        #expect(shown.output.contains("malformed_json") && shown.output.contains("frame 1"), "\(shown.errors)")
        #expect(try node.ctl(["quarantine", "show", "99"]).status == 1)
        let asked = try node.ctl(["quarantine", "drop", "1"])
        #expect(asked.status == 64 && asked.errors.contains("--yes"))
        #expect(try node.ctl(["quarantine", "drop"]).status == 64)
        let replay = try node.ctl(["quarantine", "replay", "1", "--ingest", node.ingest, "--yes", "--json"])
        #expect(replay.status == 2 && replay.output.contains("{\"replayed\":1,\"quarantined\":1}"), "\(replay.errors)")
        #expect(try node.ctl(["flush"]).status == 0)
        #expect(try node.ctl(["quarantine", "list", "--held", "--json"]).lines.count == 2)
        let dropped = try node.ctl(["quarantine", "drop", "--all", "--yes", "--json"])
        #expect(dropped.output.contains("{\"dropped\":2}"), "\(dropped.errors)")
        #expect(try node.ctl(["quarantine", "list", "--json"]).lines.count == 1)
        #expect(try node.tally()["quarantined"] == 3)

        let tail = try node.ctl(["intents", "tail", "--from-start", "--count", "5", "--json"])
        #expect(tail.status == 0 && tail.lines.count == 5, "\(tail.errors)")
        #expect(tail.lines.allSatisfy { $0.hasPrefix("{\"event_type\":\"GENERATION_METRICS_RECORDED\"") })
        let listed = try node.ctl(["intents", "list", "--limit", "1", "--json"])
        let intent = try #require(JSONSerialization.jsonObject(with: Data(listed.output.utf8)) as? [String: Any])
        let id = try #require(intent["intent_id"] as? String)
        #expect(try node.ctl(["intents", "show", id]).output.contains("carried out"))
        #expect(try node.ctl(["intents", "show", "0f8fad5b-d9cb-469f-a165-70867728950e"]).status == 1)
        #expect(try node.ctl(["intents", "show", "1"]).status == 64)
    }
}
