import Foundation
import Testing

/// Clusters of separate processes, as an operator would run them: nothing is lost or counted twice, whatever ends or moves.
@Suite(.serialized) struct ProcessClusterTests {
    /// A node is missed sooner than by default, so that tests need not wait for it.
    static let impatient = ["coordinator:", "  node_timeout_ms: 700", "worker:", "  commit_interval_ms: 100"]
    static let unlimited = ["max_lateness: unlimited", "dedup_horizon: unlimited"]

    @Test(arguments: ["basic", "messy", "edge"])
    func processesGiveTheExpectedRecords(set: String) throws {
        let cluster = try RunningCluster(
            executors: 2,
            streaming: set == "edge" ? Self.unlimited : [],
            node: Self.impatient
        )
        let lines = try RunningCluster.golden(set)
        // Alternately, so that duplicates come by both.
        for (number, part) in lines.split(into: 6).enumerated() { try cluster.send(part, to: 1 + number % 2) }
        try cluster.flush()
        try cluster.expectGolden(set)
        let tally = try cluster.tally()
        #expect(tally["accepted"] == lines.filter { !$0.allSatisfy(\.isWhitespace) }.count)
        #expect(tally["accepted"] == tally["counted"]! + tally["duplicate"]! + tally["quarantined"]!)
    }

    @Test(arguments: ["coordinator", "ingest", "worker", "executor"])
    func killedInTheMiddleAndStartedAgainNothingIsLostOrCountedTwice(role: String) throws {
        let cluster = try RunningCluster(streaming: Self.unlimited, node: Self.impatient)
        let parts = try RunningCluster.golden("messy").split(into: 4)
        let victim =
            switch role {
            case "coordinator": cluster.coordinator
            case "ingest": cluster.ingests[0]
            case "worker": cluster.workers[0]
            default: cluster.executors[0]
            }
        try cluster.send(parts[0], to: 1)
        victim.kill()
        try cluster.send(parts[1], to: 2)
        try victim.start()
        try victim.awaitReady()
        try cluster.send(parts[2], to: 1)
        victim.kill()
        try victim.start()
        try cluster.send(parts[3], to: 2)
        // Again, as a producer does that had no reply.
        try cluster.send(parts[2], to: 2)
        try victim.awaitReady()
        try cluster.flush()
        try cluster.expectGolden("messy")
    }

    /// The workers go on meanwhile, in an epoch that the copy knows or does not know.
    @Test(arguments: [false, true])
    func anOlderStoreThatIsPutBackLosesNothing(isEpochNewer: Bool) throws {
        let cluster = try RunningCluster(streaming: Self.unlimited, node: Self.impatient)
        let parts = try RunningCluster.golden("messy").split(into: 4)
        let (data, copy) = ("\(cluster.directory.path)/c", "\(cluster.directory.path)/copy.sqlite")
        try cluster.send(parts[0], to: 1)
        let made = try Command("weirctl", ["backup", "--data", data, copy])
        #expect(made.status == 0, "\(made.errors)")
        try cluster.send(parts[1], to: 2)
        if isEpochNewer { try cluster.addWorker(4) }
        try cluster.send(parts[2], to: 1)
        let sent = parts[..<3].map(\.count).reduce(0, +)
        try cluster.awaitThat("all that was sent is committed") { try cluster.tally()["accepted"] == sent }
        if isEpochNewer { try cluster.awaitThat("w4 has shards") { try cluster.shares()["w4"] != nil } }
        cluster.coordinator.kill()
        let restored = try Command("weirctl", ["restore", "--data", data, copy, "--yes"])
        #expect(restored.status == 0, "\(restored.errors)")
        try cluster.coordinator.start()
        try cluster.coordinator.awaitReady()
        try cluster.send(parts[3], to: 2)
        try cluster.flush()
        try cluster.expectGolden("messy")
        #expect(cluster.coordinator.log.contains("is missing is counted again"))
    }

    @Test func theOthersTakeOverFromAWorkerThatIsLost() throws {
        let cluster = try RunningCluster(streaming: Self.unlimited, node: Self.impatient)
        let parts = try RunningCluster.golden("messy").split(into: 2)
        try cluster.send(parts[0], to: 1)
        cluster.workers[1].kill()
        try cluster.send(parts[1], to: 2)
        try cluster.flush()
        try cluster.expectGolden("messy")
        #expect(try cluster.shares().keys.sorted() == ["w1", "w3"])
    }

    /// The silent source tells the workers of the new epoch of its silence as well.
    @Test func aSourceThatIsSilentWhileAWorkerIsLostHoldsNothingBack() throws {
        let cluster = try RunningCluster(
            workers: 2,
            streaming: Self.unlimited + ["idle_timeout_ms: 300"],
            node: Self.impatient
        )
        let lines = try RunningCluster.golden("basic")
        try cluster.send(lines.prefix(lines.count / 2), to: 2)
        try cluster.awaitThat("all are silent") {
            let ingests = try cluster.status()["ingests"] as? [[String: Any]]
            return ingests?.first { $0["name"] as? String == "i2" }?["idle"] as? Bool == true
        }
        cluster.workers[1].kill()
        try cluster.awaitThat("the other owns all shards") { try cluster.shares().keys.sorted() == ["w1"] }
        try cluster.send(lines.dropFirst(lines.count / 2), to: 1)
        try cluster.awaitThat("both are silent, and hold nothing back") {
            let ingests = try cluster.status()["ingests"] as? [[String: Any]]
            return try cluster.tally()["accepted"] ?? 0 >= lines.count
                && ingests?.allSatisfy { $0["idle"] as? Bool == true } == true
        }
    }

    /// No event of the set comes twice: ids of a journal that is gone are not known any more.
    @Test func withoutAnIngestThatIsForgottenTheClusterGoesOn() throws {
        let cluster = try RunningCluster(streaming: Self.unlimited, node: Self.impatient)
        let lines = try RunningCluster.golden("basic")
        let parts = lines.split(into: 3)
        try cluster.send(parts[0], to: 1)
        try cluster.awaitThat("it is committed") { try cluster.tally()["accepted"] == parts[0].count }
        #expect(try cluster.ctl(["forget", "i1", "--yes"]).errors.contains("is there"))
        cluster.ingests[0].kill()
        try FileManager.default.removeItem(atPath: "\(cluster.directory.path)/i1")
        try cluster.awaitThat("an operator is told what to do") {
            try cluster.ctl(["status"]).output.contains("weirctl forget i1")
        }
        cluster.workers[1].kill()
        try cluster.awaitThat("the others own all shards") { try cluster.shares().keys.sorted() == ["w1", "w3"] }
        try cluster.send(parts[1], to: 2)
        #expect(try cluster.ctl(["flush", "--timeout", "1"]).status == 1, "they wait for the journal")
        #expect(try cluster.tally()["accepted"] == parts[0].count)

        let asked = try cluster.ctl(["forget", "i1"])
        #expect(asked.status == 64 && asked.errors.contains("no event that it had acknowledged is given up"))
        #expect(asked.errors.contains("pass --yes"), "\(asked.errors)")
        let url = cluster.coordinator.http.appending(path: "v1/nodes/i1/forget").absoluteString
        let dry = try Command("/usr/bin/curl", ["-sS", "-X", "POST", url + "?dry_run=true"])
        #expect(dry.output.contains(#""dry_run":true"#) && dry.output.contains(#""frames_given_up":0"#), "\(dry)")
        let forgotten = try cluster.ctl(["forget", "i1", "--yes", "--json"])
        #expect(forgotten.status == 0 && forgotten.output.contains(#""frames_given_up":0"#), "\(forgotten)")
        #expect(cluster.coordinator.log.contains("an ingest was forgotten by an operator"))
        try cluster.awaitThat("the others count") {
            try cluster.tally()["accepted"] == parts[0].count + parts[1].count
        }
        try cluster.ingests[0].start()
        try cluster.ingests[0].awaitReady()
        try cluster.send(parts[2], to: 1)
        try cluster.flush()
        try cluster.expectGolden("basic")
    }

    @Test func aStoppedWorkerThatComesBackIsFenced() throws {
        let cluster = try RunningCluster(streaming: Self.unlimited, node: Self.impatient)
        let parts = try RunningCluster.golden("messy").split(into: 3)
        try cluster.send(parts[0], to: 1)
        cluster.workers[0].signal(SIGSTOP)
        try cluster.send(parts[1], to: 2)
        try cluster.awaitThat("the others own all shards") { try cluster.shares().keys.sorted() == ["w2", "w3"] }
        cluster.workers[0].signal(SIGCONT)
        try cluster.awaitThat("it takes part again") { try cluster.shares().count == 3 }
        try cluster.send(parts[2], to: 1)
        try cluster.flush()
        try cluster.expectGolden("messy")
    }

    @Test func processesThatAreStoppedLeaveInOrder() throws {
        // Without a leave a worker would be missed after a minute.
        let cluster = try RunningCluster(
            streaming: Self.unlimited,
            node: ["coordinator:", "  node_timeout_ms: 60000"]
        )
        let parts = try RunningCluster.golden("messy").split(into: 2)
        try cluster.send(parts[0], to: 1)
        for role in [cluster.workers[0], cluster.ingests[0]] {
            let stop = role.stop()
            #expect(stop.status == 0 && stop.seconds < 10, "\(role.log)")
        }
        #expect(try cluster.shares().keys.sorted() == ["w2", "w3"])
        #expect(try cluster.rows(["nodes"]).compactMap { $0["name"] as? String } == ["w2", "w3", "i2", "e1"])
        // Its journal is needed by those who took over: it holds what they must know of duplicates.
        try cluster.ingests[0].start()
        try cluster.send(parts[1], to: 2)
        try cluster.flush()
        try cluster.expectGolden("messy")
        for role in cluster.executors + cluster.ingests + cluster.workers + [cluster.coordinator] {
            let stop = role.stop()
            #expect(stop.status == 0 && stop.seconds < 10, "\(role.log)")
        }
    }

    @Test func drainedAndRebalancedUnderLoadTheRecordsAreTheSame() throws {
        let cluster = try RunningCluster(streaming: Self.unlimited, node: Self.impatient)
        let parts = try RunningCluster.golden("messy").split(into: 6)
        try cluster.send(parts[0], to: 1)
        let dry = try cluster.ctl(["drain", "w2", "--dry-run", "--json"])
        #expect(dry.output.contains("\"from\":\"w2\"") && dry.output.contains("\"dry_run\":true"), "\(dry.errors)")
        #expect(try cluster.shares().count == 3)
        let refused = try cluster.ctl(["drain", "w2"])
        #expect(refused.status != 0 && refused.errors.contains("--yes"))

        #expect(try cluster.ctl(["drain", "w2", "--yes"]).status == 0)
        #expect(try cluster.shares().keys.sorted() == ["w1", "w3"])
        try cluster.send(parts[1], to: 2)
        // A coordinator that starts again remembers.
        cluster.coordinator.kill()
        try cluster.coordinator.start()
        try cluster.coordinator.awaitReady()
        try cluster.send(parts[2], to: 1)
        #expect(try cluster.shares().keys.sorted() == ["w1", "w3"])

        try cluster.addWorker(4)
        try cluster.workers[3].awaitReady()
        try cluster.awaitThat("the new worker owns shards") { try cluster.shares()["w4"] ?? 0 > 0 }
        try cluster.send(parts[3], to: 2)
        // A dry run tells what would move, for people and for programs, and moves nothing.
        let before = try cluster.owners()
        let text = try cluster.ctl(["rebalance", "--dry-run"])
        #expect(text.status == 0 && text.output.contains("shards would move"), "\(text.output)\(text.errors)")
        let plan = try cluster.rebalance("--dry-run")
        #expect(plan.dryRun)
        let asked = try cluster.ctl(["rebalance"])
        #expect(asked.status != 0 && asked.errors.contains("--dry-run"), "\(asked.errors)")
        #expect(try cluster.owners() == before)

        let done = try cluster.rebalance("--yes")
        #expect(!done.dryRun && done.moves == plan.moves)
        var after = before
        for move in plan.moves {
            #expect(after[move.shard] == move.from)
            after[move.shard] = move.to
        }
        #expect(try cluster.owners() == after)
        #expect(try cluster.shares().values.max() == 22)
        try cluster.send(parts[4], to: 1)

        #expect(try cluster.ctl(["drain", "i1", "--yes"]).status == 0)
        // It hears of it with its next report. Lines that it takes until then come again below, and count once.
        try cluster.awaitThat("the ingest refuses") {
            let send = try Command(
                "weirctl",
                ["send", "--ingest", cluster.ingestURL(1), "--give-up-after", "1", "-"],
                input: Data(parts[5].first!.utf8)
            )
            return send.status == 1 && send.errors.contains("drained")
        }
        try cluster.send(parts[5], to: 2)
        #expect(try cluster.ctl(["drain", "--undo", "w2", "--yes"]).status == 0)
        try cluster.awaitThat("the worker owns shards again") { try cluster.shares()["w2"] ?? 0 > 0 }
        try cluster.flush()
        try cluster.expectGolden("messy")
        let last = ["w1", "w3", "w4"].map { name in try? cluster.ctl(["drain", name, "--yes"]).status }
        #expect(last == [0, 0, 0])
        let alone = try cluster.ctl(["drain", "w2", "--yes"])
        #expect(alone.status == 1 && alone.errors.contains("last worker"), "\(alone.errors)")
    }

    @Test func twoExecutorsShareTheWorkAndOneThatDiesIsReplaced() throws {
        let cluster = try RunningCluster(executors: 2, streaming: Self.unlimited, node: Self.impatient)
        let parts = try RunningCluster.golden("messy").split(into: 2)
        try cluster.send(parts[0], to: 1)
        cluster.executors[0].kill()
        try cluster.send(parts[1], to: 2)
        try cluster.flush()
        try cluster.executors[0].start()
        try cluster.executors[0].awaitReady()
        let intents = try cluster.rows(["intents", "--limit", "100000"])
        #expect(intents.allSatisfy { $0["state"] as? String == "completed" })
        let lines = try (1...2).flatMap { number in
            try String(contentsOfFile: cluster.records(of: number), encoding: .utf8).split(separator: "\n")
        }
        let carriedOut = Set(
            lines.compactMap { line in
                (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["event_id"] as? String
            }
        )
        #expect(carriedOut.count == intents.count, "every intent in one of the files")
        try cluster.expectGolden("messy")
    }

    /// Requests overtake each other on their way to an ingest, so that any window may have revisions, each with an intent; with two parts
    /// some certainly have.
    @Test(arguments: [1, 2])
    func deadLettersAreTriedAgainAndTheirWindowsComplete(parts: Int) throws {
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 1,
            streaming: Self.unlimited,
            intents: ["retry_policy:", "  attempts_max: 2", "  backoff_initial_ms: 1"],
            prepare: RunningCluster.fillRecordsDisk
        )
        for part in try RunningCluster.golden("basic").split(into: parts) {
            try cluster.send(part, to: 1)
            try cluster.flush()
        }
        let failed = try cluster.rows(["intents", "--state", "failed", "--limit", "100000"])
        #expect(!failed.isEmpty && failed.allSatisfy { ($0["last_error"] as? String ?? "").contains("No space left") })
        let windows = Set(failed.map { "\($0["window_type"] ?? "") \($0["window_start"] ?? "")" })
        #expect(parts == 1 || failed.count > windows.count)
        let failedStates = try cluster.windowStates()
        #expect(failedStates == ["failed": windows.count], "\(failed)")
        let executor = cluster.executors[0]
        #expect(executor.stop().status == 0)
        try FileManager.default.removeItem(atPath: cluster.records(of: 1))
        try executor.start()
        let one = try #require(failed.first?["intent_id"] as? String)
        #expect(try cluster.ctl(["intents", "retry", one, "--json"]).output.contains("\"retried\":1"))
        #expect(try cluster.ctl(["intents", "retry", "--all-failed"]).status == 0)
        try cluster.awaitThat("all intents are carried out") {
            try cluster.rows(["intents", "--state", "completed", "--limit", "100000"]).count == failed.count
        }
        let completedStates = try cluster.windowStates()
        #expect(completedStates == ["completed": windows.count])
        #expect(try cluster.ctl(["intents", "retry", "--all-failed", "--json"]).output.contains("\"retried\":0"))
        try cluster.expectGolden("basic")
    }

    /// Needs root, to mount a small file system.
    @Test(.enabled(if: geteuid() == 0), arguments: ["i1", "c"])
    func aFullDiskRefusesAndServiceResumesByItself(disk: String) throws {
        var mounted: String?
        defer { if let mounted { _ = try? Command("/bin/umount", ["-l", mounted]) } }
        let cluster = try RunningCluster(ingests: 1, streaming: Self.unlimited, node: Self.impatient) { folder in
            let path = "\(folder)/\(disk)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let mount = try Command("/bin/mount", ["-t", "tmpfs", "-o", "size=16m", "weir-test", path])
            try #require(mount.status == 0, "\(mount.errors)")
            mounted = path
        }
        let path = cluster.directory.path + "/\(disk)"
        let parts = try RunningCluster.golden("messy").split(into: 3)
        try cluster.send(parts[0], to: 1)
        try cluster.awaitThat("it is counted") { try cluster.tally()["accepted"] ?? 0 >= parts[0].count }
        _ = try Command("/bin/dd", ["if=/dev/zero", "of=\(path)/filler", "bs=4096", "status=none"])
        if disk == "c" {
            try cluster.send(parts[1], to: 1)
            try cluster.awaitThat("the store fails") { cluster.coordinator.log.contains("the store failed") }
        } else {
            let refused = try Command(
                "weirctl",
                ["send", "--ingest", cluster.ingestURL(1), "--give-up-after", "1", "-"],
                input: Data(parts[1].joined(separator: "\n").utf8)
            )
            #expect(refused.status == 1 && refused.errors.contains("can't be written"), "\(refused.errors)")
        }
        try FileManager.default.removeItem(atPath: path + "/filler")
        try cluster.send(parts[1], to: 1)
        try cluster.send(parts[2], to: 1)
        try cluster.flush()
        try cluster.expectGolden("messy")
        let tally = try cluster.tally()
        #expect(tally["accepted"] == tally["counted"]! + tally["duplicate"]! + tally["quarantined"]!)
    }

    @Test func aStoppedWorkerHoldsProducersBackWithinTheLimits() throws {
        // It is not missed in this test: producers have to wait for it.
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 2,
            streaming: Self.unlimited,
            node: [
                "coordinator:", "  node_timeout_ms: 60000", "ingest:", "  lag_bytes_max: 1MiB", "  recent_bytes: 1MiB",
                "  waiting_max: 2",
            ]
        )
        let lines = try RunningCluster.golden("messy")
        try cluster.send(lines.prefix(100), to: 1)
        cluster.workers[0].signal(SIGSTOP)
        defer { cluster.workers[0].signal(SIGCONT) }
        let body = Data(Array(repeating: lines.joined(separator: "\n"), count: 4).joined(separator: "\n").utf8)
        let held = try Command(
            "weirctl",
            ["send", "--ingest", cluster.ingestURL(1), "--batch-bytes", "20000", "--give-up-after", "3", "-"],
            input: body
        )
        #expect(held.status == 1 && held.errors.contains("not acknowledged"), "\(held.errors)")
        cluster.workers[0].signal(SIGCONT)
        let sent = try Command("weirctl", ["send", "--ingest", cluster.ingestURL(1), "-"], input: body)
        #expect(sent.status == 0, "\(sent.errors)")
        try cluster.flush()
        try cluster.expectGolden("messy")
    }

    @Test func anIngestWithAnotherJournalIsRefused() throws {
        let cluster = try RunningCluster(ingests: 1, workers: 1)
        try cluster.send(RunningCluster.golden("basic"), to: 1)
        try cluster.flush()
        cluster.ingests[0].kill()
        try FileManager.default.removeItem(atPath: cluster.directory.path + "/i1/journal")
        try cluster.ingests[0].start()
        try cluster.awaitThat("the coordinator refuses it") {
            cluster.ingests[0].log.contains("its own data directory")
        }
    }
}

extension Array {
    /// So many slices of about the same length.
    func split(into count: Int) -> [ArraySlice<Element>] {
        (0..<count).map { self[($0 * self.count / count)..<(($0 + 1) * self.count / count)] }
    }
}

/// The answer to `weirctl rebalance --json`.
private struct Rebalancing: Decodable {
    struct Move: Decodable, Equatable {
        var shard: Int
        var from: String?
        var to: String
    }

    var dryRun: Bool
    var moves: [Move]
}

extension RunningCluster {
    fileprivate func owners() throws -> [Int: String] {
        try rows(["shards"]).reduce(into: [:]) { owners, row in
            owners[try #require(row["shard"] as? Int)] = row["worker"] as? String
        }
    }

    fileprivate func rebalance(_ option: String) throws -> Rebalancing {
        let answer = try ctl(["rebalance", option, "--json"])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Rebalancing.self, from: Data(answer.output.utf8))
    }

    /// Number of windows by the state that the store has for them.
    func windowStates() throws -> [String: Int] {
        let script = """
            import json, sqlite3, sys
            rows = sqlite3.connect(sys.argv[1]).execute("SELECT state, count(*) FROM window GROUP BY state")
            print(json.dumps(dict(rows.fetchall())))
            """
        let found = try Command("/usr/bin/env", ["python3", "-c", script, directory.path + "/c/weir.sqlite"])
        return try #require(
            JSONSerialization.jsonObject(with: Data(found.output.utf8)) as? [String: Int],
            "\(found.errors)"
        )
    }
}
