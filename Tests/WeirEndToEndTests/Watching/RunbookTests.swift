import Foundation
import Testing
import WeirTestSupport

/// What the runbook promises: that a cluster in trouble says by itself what is wrong, wherever one looks first.
@Suite(.serialized) struct RunbookTests {
    @Test func aWorkerThatDiedIsNamedUntilItIsBack() async throws {
        let cluster = try RunningCluster(ingests: 1, workers: 2, node: ProcessClusterTests.impatient)
        cluster.workers[1].kill()
        try await cluster.awaitProblem("worker_lost", of: "w2", "start it again with the same name")
        try cluster.workers[1].start()
        try await cluster.awaitNoProblem("worker_lost")
    }

    @Test func aSourceThatWentSilentIsNamed() async throws {
        let cluster = try RunningCluster(ingests: 2, workers: 1, streaming: ["idle_timeout_ms: 300"])
        try cluster.send(RunningCluster.golden("basic"), to: 1)
        try await cluster.awaitProblem("source_silent", of: "i1", "see to its producers")
    }

    @Test func aSinkThatIsDownIsNamedUntilItIsBack() async throws {
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 1,
            intents: ["retry_policy:", "  attempts_max: 3", "  backoff_initial_ms: 1"],
            prepare: RunningCluster.fillRecordsDisk
        )
        try cluster.send(RunningCluster.golden("basic"), to: 1)
        try cluster.flush()
        try await cluster.awaitProblem("sink_failing", of: "e1", "weirctl intents retry --all-failed")
        #expect(try cluster.ctl(["status"]).output.contains("No space left on device"))
        #expect(cluster.executors[0].stop().status == 0)
        try FileManager.default.removeItem(atPath: cluster.records(of: 1))
        try cluster.executors[0].start()
        #expect(try cluster.ctl(["intents", "retry", "--all-failed"]).status == 0)
        try await cluster.awaitNoProblem("sink_failing")
    }

    @Test func aModelWhoseQualityFellIsNamed() async throws {
        let cluster = try RunningCluster(ingests: 1, workers: 1, streaming: ProcessClusterTests.unlimited) { folder in
            let rule =
                "  - {name: model_quality, window: hourly, by: model, metric: avg_quality_score, below: 0.6, min_count: 5}"
            try "rules:\n\(rule)\n".write(toFile: "\(folder)/alerts.yaml", atomically: true, encoding: .utf8)
            try "parts:\n  streaming: streaming.yaml\n  intent_publisher: intents.yaml\n  alerts: alerts.yaml\n"
                .write(toFile: "\(folder)/contract.yaml", atomically: true, encoding: .utf8)
        }
        let lines = (1...20).map { number -> Substring in
            let id = "0000\(1000 + number)-0000-4000-8000-000000000001"
            let (model, quality) = number % 2 == 0 ? ("model-good", 0.9) : ("model-bad", 0.3)
            return Substring(
                #"{"event_type":"CODEGEN_COMPLETED","event_id":"\#(id)","correlation_id":"\#(id)","workflow_id":"\#(id)","#
                    + #""timestamp":"2026-11-02T10:00:01Z","total_duration_seconds":1,"node_type":"effect","primary_model":"\#(model)","#
                    + #""quality_score":\#(quality),"total_tokens":1,"total_cost_usd":0.1}"#
            )
        }
        try cluster.send(lines, to: 1)
        try cluster.flush()
        try await cluster.awaitProblem("alert_firing", of: "model_quality/model-bad", "weirctl alerts")
        #expect(!(try cluster.ctl(["status"]).output.contains("model-good")))
    }

    @Test func malformedEventsAreNamedWithTheirReason() async throws {
        let cluster = try RunningCluster(ingests: 1, workers: 1)
        try cluster.send(["{\"event_type\":", "{\"event_type\":\"OTHER\"}"], to: 1)
        try await cluster.awaitProblem("lines_refused", of: "malformed_json", "weirctl quarantine list --reason")
        try await cluster.awaitProblem("lines_refused", of: "unknown_event_type", "weirctl quarantine list --reason")
        // The advice can be followed as it stands.
        let shown = try cluster.ctl(["quarantine", "list", "--reason", "malformed_json"])
        #expect(shown.status == 0 && shown.output.contains("malformed_json"), "\(shown.errors)")
    }

    /// Needs root, to mount a small file system.
    @Test(.enabled(if: geteuid() == 0), arguments: [("i1", "journal_unwritable"), ("c", "store_unwritable")])
    func aFullDiskIsNamedUntilThereIsRoom(disk: String, kind: String) async throws {
        var mounted: String?
        defer { if let mounted { _ = try? Command("/bin/umount", ["-l", mounted]) } }
        let cluster = try RunningCluster(
            ingests: 1,
            streaming: ProcessClusterTests.unlimited,
            node: ProcessClusterTests.impatient
        ) { folder in
            let path = "\(folder)/\(disk)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let mount = try Command("/bin/mount", ["-t", "tmpfs", "-o", "size=16m", "weir-test", path])
            try #require(mount.status == 0, "\(mount.errors)")
            mounted = path
        }
        var said = ""
        defer { if !said.contains("\"ready\"") { Issue.record("\(said)\(cluster.ingests[0].log.suffix(3000))") } }
        // Without a placement, which has to be stored first, producers would wait.
        try await awaitThat("the ingest is ready") {
            let ready = try await HTTPAnswer(at: cluster.ingests[0].http, "/ready")
            said = ready.text
            return ready.status == 200
        }
        let path = cluster.directory.path + "/\(disk)"
        _ = try Command("/bin/dd", ["if=/dev/zero", "of=\(path)/filler", "bs=4096", "status=none"])
        let lines = try RunningCluster.golden("messy")
        _ = try await HTTPAnswer(
            at: cluster.ingests[0].http,
            "/v1/events",
            method: "POST",
            body: Data(lines.joined(separator: "\n").utf8)
        )
        try await cluster.awaitProblem(kind, of: disk == "c" ? "coordinator" : "i1", "make room on the disk")
        try FileManager.default.removeItem(atPath: path + "/filler")
        try cluster.send(lines, to: 1)
        try cluster.flush()
        try await cluster.awaitNoProblem(kind)
        try cluster.expectGolden("messy")
    }
}

extension RunningCluster {
    private func problems() async throws -> [[String: Any]] {
        let shown = try await HTTPAnswer(at: coordinator.http, "/v1/cluster").json()
        return try #require(shown["problems"] as? [[String: Any]])
    }

    /// Waits until `/v1/cluster` has it, and then looks at the other places.
    fileprivate func awaitProblem(_ kind: String, of subject: String, _ advice: String) async throws {
        var what: String?
        try await WeirTestSupport.awaitThat("\(kind) of \(subject) shows") {
            let found = try await problems().first {
                $0["kind"] as? String == kind && $0["subject"] as? String == subject
            }
            what = found?["what"] as? String
            return (found?["advice"] as? String)?.contains(advice) == true
        }
        let said = try #require(what)
        for view in [["status"], ["top", "--once"]] {
            let shown = try ctl(view).output
            #expect(shown.contains(said.prefix(60)) && shown.contains(advice.prefix(20)), "\(view): \(shown)")
        }
        let metrics = try await HTTPAnswer(at: coordinator.http, "/metrics").text
        #expect(metrics.contains(try Regex("weir_cluster_problems\\{kind=\"\(kind)\",severity=\"[a-z]+\"\\} [1-9]")))
    }

    fileprivate func awaitNoProblem(_ kind: String) async throws {
        try await WeirTestSupport.awaitThat("\(kind) is over") {
            try await !problems().contains { $0["kind"] as? String == kind }
        }
    }
}
