import Foundation
import Testing
import WeirTestSupport

/// The HTTP interface of a cluster of processes: the same on every node.
@Suite(.serialized) struct EveryNodeTests {
    @Test func everyNodeAnswersForTheClusterAndOnlyIngestsTakeEvents() async throws {
        let cluster = try RunningCluster(streaming: ProcessClusterTests.unlimited)
        let body = Data(try RunningCluster.golden("basic").joined(separator: "\n").utf8)
        let taken = try await HTTPAnswer(at: cluster.ingests[0].http, "/v1/events", method: "POST", body: body)
        #expect(taken.status == 200, "\(taken.text)")
        try cluster.flush()
        let windows = try await HTTPAnswer(at: cluster.ingests[1].http, "/v1/windows?type=daily")
        #expect((try windows.json()["windows"] as? [Any])?.isEmpty == false)

        let nodes: [(role: RunningRole, metric: String)] = [
            (cluster.coordinator, "weir_cluster_ready 1"), (cluster.ingests[0], "weir_journal_last_frame"),
            (cluster.workers[0], "weir_worker_epoch{worker=\"w1\"}"),
            (cluster.executors[0], "weir_intent_attempts_total"),
        ]
        for (node, metric) in nodes {
            let health = try await HTTPAnswer(at: node.http, "/health")
            #expect(try health.status == 200 && health.json()["node_type"] != nil, "\(node.name)")
            let ready = try await HTTPAnswer(at: node.http, "/ready")
            #expect(try ready.status == 200 && ready.json()["status"] as? String == "ready", "\(node.name)")
            let metrics = try await HTTPAnswer(at: node.http, "/metrics")
            #expect(metrics.status == 200 && metrics.text.contains(metric), "\(node.name)")
            #expect(try await HTTPAnswer(at: node.http, "/openapi.json").status == 200)
            #expect(try await HTTPAnswer(at: node.http, "/").contentType.hasPrefix("text/html"))

            // What the coordinator knows, whoever is asked.
            let same = try await HTTPAnswer(at: node.http, "/v1/windows?type=daily")
            #expect(same.body == windows.body, "\(node.name)")
            let shown = try await HTTPAnswer(at: node.http, "/v1/cluster").json()
            #expect((shown["ingests"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["i1", "i2"])

            // Bad input is named by every node alike.
            try await HTTPAnswer(at: node.http, "/v1/windows?limit=0")
                .expectProblem(400, "invalid-parameter", "limit=0")
            try await HTTPAnswer(at: node.http, "/v1/workflows/x").expectProblem(400, "invalid-parameter", "a UUID")
            try await HTTPAnswer(at: node.http, "/nothing").expectProblem(404, "not-found", "/openapi.json")
            try await HTTPAnswer(at: node.http, "/v1/cluster", method: "DELETE")
                .expectProblem(405, "method-not-allowed", "GET")

            let sent = try await HTTPAnswer(at: node.http, "/v1/events", method: "POST", body: body)
            if node === cluster.ingests[0] {
                #expect(sent.status == 200, "\(sent.text)")
            } else {
                try sent.expectProblem(421, "misdirected", "one of the ingests i1, i2")
                try await HTTPAnswer(at: node.http, "/v1/quarantine/1/replay", method: "POST")
                    .expectProblem(421, "misdirected", "one of the ingests i1, i2")
            }
        }
    }

    @Test func aNodeWithoutACoordinatorIsAliveAndSaysWhyItIsNotReady() async throws {
        let cluster = try RunningCluster(ingests: 1, workers: 1, node: ["node:", "  coordinator_silence_ms: 1000"])
        let nodes = cluster.ingests + cluster.workers + cluster.executors
        for node in nodes { try await cluster.awaitReady(node) }
        cluster.coordinator.kill()
        for node in nodes {
            #expect(try await HTTPAnswer(at: node.http, "/health").status == 200)
            #expect(try await HTTPAnswer(at: node.http, "/metrics").status == 200)
            try await HTTPAnswer(at: node.http, "/v1/cluster").expectProblem(503, "unavailable", "coordinator")
            let reason = try await cluster.awaitUnready(node)
            #expect(reason.contains("has given no answer for"), "\(node.name): \(reason)")
        }
        // It is not ready, and takes events all the same.
        try cluster.send(try RunningCluster.golden("basic"), to: 1)
        try cluster.coordinator.start()
        for node in nodes { try await cluster.awaitReady(node) }
        try cluster.flush()
        try cluster.expectGolden("basic")
    }

    @Test func anIngestWithoutWorkersIsNotReadyAndSaysSo() async throws {
        let cluster = try RunningCluster(ingests: 1, workers: 0)
        let ready = try await HTTPAnswer(at: cluster.ingests[0].http, "/ready")
        #expect(ready.status == 503)
        #expect((try ready.json()["reason"] as? String)?.contains("no worker has joined") == true, "\(ready.text)")
        try cluster.addWorker(1)
        try await cluster.awaitReady(cluster.ingests[0])
    }

    /// Needs root, to mount a small file system.
    @Test(.enabled(if: geteuid() == 0), arguments: ["i1", "c"])
    func aFullDiskMakesANodeUnreadyUntilThereIsRoom(disk: String) async throws {
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
        let node = disk == "c" ? cluster.coordinator : cluster.ingests[0]
        let ingest = cluster.ingests[0]
        try await cluster.awaitReady(node)
        let path = cluster.directory.path + "/\(disk)"
        _ = try Command("/bin/dd", ["if=/dev/zero", "of=\(path)/filler", "bs=4096", "status=none"])
        let lines = try RunningCluster.golden("messy")
        let sent = try await HTTPAnswer(
            at: ingest.http,
            "/v1/events",
            method: "POST",
            body: Data(lines.joined(separator: "\n").utf8)
        )
        if disk == "i1" { try sent.expectProblem(429, "too-many-requests", "No space left") }
        let reason = try await cluster.awaitUnready(node)
        #expect(reason.contains("can't be written"), "\(reason)")
        try FileManager.default.removeItem(atPath: path + "/filler")
        // Nobody sends: who asks for its readiness finds out that there is room again.
        if disk == "i1" { try await cluster.awaitReady(node) }
        try cluster.send(lines, to: 1)
        try cluster.flush()
        try await cluster.awaitReady(node)
        try cluster.expectGolden("messy")
    }
}

extension RunningCluster {
    fileprivate func awaitReady(_ role: RunningRole) async throws {
        try await WeirTestSupport.awaitThat("\(role.name) is ready") {
            try await HTTPAnswer(at: role.http, "/ready").status == 200
        }
    }

    /// Returns the reason.
    fileprivate func awaitUnready(_ role: RunningRole) async throws -> String {
        var reason = ""
        try await WeirTestSupport.awaitThat("\(role.name) is not ready") {
            let ready = try await HTTPAnswer(at: role.http, "/ready")
            reason = try ready.json()["reason"] as? String ?? ""
            return ready.status == 503
        }
        return reason
    }
}
