import Foundation
import Testing

/// Every query over HTTP, with good and bad input, against a running node.
@Suite(.serialized) struct QueryTests {
    /// A node that has counted the basic set.
    private func filledNode() throws -> RunningNode {
        let node = try RunningNode()
        #expect(try node.ctl(["send", RunningNode.golden("basic")]).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        return node
    }

    @Test func windowsComeInPagesInEitherOrder() async throws {
        let node = try filledNode()
        let all = try await HTTPAnswer(node, "/v1/windows?limit=1000").json()
        let windows = try #require(all["windows"] as? [[String: Any]])
        #expect(all["next_cursor"] is NSNull)
        #expect(windows.count > 10)
        for order in ["ascending", "descending"] {
            var paged: [[String: Any]] = []
            var cursor = ""
            repeat {
                let page = try await HTTPAnswer(node, "/v1/windows?limit=3&order=\(order)\(cursor)").json()
                paged += try #require(page["windows"] as? [[String: Any]])
                cursor = (page["next_cursor"] as? String).map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            let expected = order == "ascending" ? windows : windows.reversed()
            #expect(paged as NSArray == Array(expected) as NSArray)
        }
        let hour = try await HTTPAnswer(
            node,
            "/v1/windows?type=hourly&from=2026-11-02T00:00:00Z&to=2026-11-04T00:00:00%2B00:00"
        ).json()
        let hours = try #require(hour["windows"] as? [[String: Any]])
        #expect(!hours.isEmpty && hours.allSatisfy { $0["window_type"] as? String == "hourly" })
        let none = try await HTTPAnswer(node, "/v1/windows?from=2030-01-01T00:00:00Z&to=2029-01-01T00:00:00Z").json()
        #expect((none["windows"] as? [Any])?.isEmpty == true)
    }

    @Test func aWindowTellsWhereItCameFrom() async throws {
        let node = try RunningNode(workers: 2)
        func send(_ number: Int) throws {
            #expect(try node.ctl(["send", "-"], input: Data(BadInputTests.event(number).utf8)).status == 0)
            #expect(try node.ctl(["flush"]).status == 0)
        }
        try send(1)
        node.kill()
        try node.start(workers: 3)
        try send(2)  // Late: a revision, in another epoch.
        let window = try await HTTPAnswer(node, "/v1/windows/streaming/2026-11-03T00:00:00Z").json()
        #expect(window["state"] as? String == "completed")
        #expect(window["revision"] as? Int == 1)
        let record = try #require(window["record"] as? [String: Any])
        #expect(record["events_processed"] as? Int == 2)
        let revisions = try #require(window["revisions"] as? [[String: Any]])
        #expect(revisions.map { $0["cause"] as? String } == ["data", "late_data"])
        #expect(revisions.map { $0["closed_by"] as? String } == ["flush", "flush"])
        #expect((window["transitions"] as? [Any])?.count == 6)
        #expect((window["intents"] as? [Any])?.count == 2)
        for type in ["streaming", "hourly"] {
            let start = "2026-11-03T00:00:00Z"
            let provenance = try #require(
                try await HTTPAnswer(node, "/v1/windows/\(type)/\(start)").json()["provenance"] as? [String: Any]
            )
            #expect(provenance["is_complete"] as? Bool == true)
            let epochs = try #require(provenance["epochs"] as? [[String: Any]])
            #expect(epochs.count == 2)
            let workers = epochs.flatMap { $0["workers"] as? [[String: Any]] ?? [] }
            #expect(workers.compactMap { $0["events"] as? Int } == [1, 1])
            // Each event came in one commit of one worker.
            #expect(workers.compactMap { $0["commits"] as? Int } == [1, 1])
            #expect(workers.allSatisfy { $0["first_commit"] as? Int == $0["last_commit"] as? Int })
            let inputs = workers.flatMap { $0["inputs"] as? [[String: Any]] ?? [] }
            #expect(inputs.map { $0["ingest"] as? String } == ["ingest-1", "ingest-1"])
            #expect(inputs.map { $0["last_frame"] as? Int } == [1, 2])
            #expect(workers.allSatisfy { ($0["shards"] as? [Int])?.isEmpty == false })
        }
        let newest = try await HTTPAnswer(node, "/v1/windows?type=streaming").json()
        #expect((newest["windows"] as? [[String: Any]])?.map { $0["revision"] as? Int } == [1])
        let both = try await HTTPAnswer(node, "/v1/windows?type=streaming&revision=all&limit=1").json()
        #expect((both["windows"] as? [[String: Any]])?.map { $0["revision"] as? Int } == [0])
        let cursor = try #require(both["next_cursor"] as? String)
        let rest = try await HTTPAnswer(node, "/v1/windows?type=streaming&revision=all&cursor=\(cursor)").json()
        #expect((rest["windows"] as? [[String: Any]])?.map { $0["revision"] as? Int } == [1])
    }

    @Test func failedWorkflowsAreListedWithTheNamesOfTheirStages() async throws {
        let node = try RunningNode()
        var lines: [String] = []
        for number in 1...4 {
            let workflow = "0000000\(number)-0000-4000-8000-000000000000"
            func event(_ kind: String, _ step: Int, _ more: String) -> String {
                #"{"event_type":"CODEGEN_\#(kind)","event_id":"0000000\#(number)-0000-4000-8000-00000000000\#(step)","#
                    + #""correlation_id":"\#(workflow)","workflow_id":"\#(workflow)","#
                    + #""timestamp":"2026-11-03T00:00:0\#(number)Z"\#(more)}"#
            }
            func stage(_ name: String, _ stage: Int) -> String {
                #","stage_name":"\#(name)","stage_number":\#(stage),"duration_seconds":1,"success":true"#
            }
            lines.append(event("STARTED", 1, ""))
            lines.append(event("STAGE_COMPLETED", 2, stage("prompt {parsing}", 1)))
            lines.append(event("STAGE_COMPLETED", 3, stage("validation", 3)))
            guard number > 1 else { continue }
            let failure = #","failed_stage":"validation","error_code":"E","partial_duration_seconds":1"#
            lines.append(event("FAILED", 4, failure))
        }
        #expect(try node.ctl(["send", "-"], input: Data(lines.joined(separator: "\n").utf8)).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        let failed = try await HTTPAnswer(node, "/v1/workflows?state=failed").json()
        let workflows = try #require(failed["workflows"] as? [[String: Any]])
        #expect(
            Set(workflows.compactMap { ($0["workflow_id"] as? String)?.prefix(8) }) == [
                "00000002", "00000003", "00000004",
            ]
        )
        #expect(workflows.allSatisfy { $0["state"] as? String == "failed" })
        for workflow in workflows {
            let stages = try #require(workflow["stages"] as? [[String: Any]])
            #expect(stages.map { $0["number"] as? Int } == [1, 3])
            #expect(stages.map { $0["name"] as? String } == ["prompt {parsing}", "validation"])
        }
        // Of each worker at most so many.
        var few = 0
        // A worker that is kept from its core past the query's limit of time is left out of an answer, so it is asked again.
        for _ in 0..<10 where few == 0 {
            few =
                (try await HTTPAnswer(node, "/v1/workflows?state=failed&limit=1").json()["workflows"] as? [Any])?.count
                ?? 0
        }
        #expect((1...2).contains(few))
        let shown = try node.ctl(["workflow", "00000002-0000-4000-8000-000000000000"]).output
        #expect(shown.contains("prompt {parsing}") && shown.contains("validation"))
        #expect(try node.ctl(["failed"]).lines.count == 4)
        try await HTTPAnswer(node, "/v1/workflows?state=running")
            .expectProblem(400, "invalid-parameter", "one of stuck, failed")
    }

    @Test func workflowsIntentsAndTheClusterAreShown() async throws {
        let node = try RunningNode()
        #expect(try node.ctl(["send", "-"], input: Data(BadInputTests.event(1).utf8)).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        let workflow = try await HTTPAnswer(node, "/v1/workflows/00000001-0000-4000-8000-000000000000").json()
        #expect(workflow["state"] as? String == "processing")
        #expect((workflow["transitions"] as? [Any])?.count == 2)
        let stuck = try await HTTPAnswer(node, "/v1/workflows?state=stuck").json()
        #expect((stuck["workflows"] as? [Any])?.isEmpty == true)
        #expect(
            (try await HTTPAnswer(node, "/v1/workflows?state=failed").json()["workflows"] as? [Any])?.isEmpty == true
        )
        let cluster = try await HTTPAnswer(node, "/v1/cluster").json()
        #expect((cluster["events"] as? [String: Any])?["counted"] as? Int == 1)
        let ingests = try #require(cluster["ingests"] as? [[String: Any]])
        #expect(ingests.first?["lag_frames"] as? Int == 0)
        #expect(ingests.first?["newest_event"] as? String == "2026-11-03T00:00:01Z")

        let page = try await HTTPAnswer(node, "/v1/intents?state=completed&limit=2").json()
        let intents = try #require(page["intents"] as? [[String: Any]])
        #expect(intents.count == 2)
        let cursor = try #require(page["next_cursor"] as? String)
        let next = try await HTTPAnswer(node, "/v1/intents?state=completed&limit=100&cursor=\(cursor)").json()
        #expect((next["intents"] as? [Any])?.count == 3)
        let id = try #require(intents.first?["intent_id"] as? String)
        let intent = try await HTTPAnswer(node, "/v1/intents/\(id)").json()
        #expect((intent["results"] as? [[String: Any]])?.map { $0["success"] as? Bool } == [true])
        #expect((intent["intent"] as? [String: Any])?["target_topic"] as? String == "dev.codegen.metrics_recorded.v1")
    }

    @Test func refusedLinesAreListedSentAgainAndDropped() async throws {
        let node = try RunningNode()
        let lines = Data("{\n\(BadInputTests.event(1))\n{\"event_type\":\"OTHER\"}\n".utf8)
        #expect(try await HTTPAnswer(node, "/v1/events", method: "POST", body: lines).status == 200)
        #expect(try node.ctl(["flush"]).status == 0)
        let page = try await HTTPAnswer(node, "/v1/quarantine").json()
        let listed = try #require(page["lines"] as? [[String: Any]])
        #expect(listed.map { $0["reason"] as? String } == ["unknown_event_type", "malformed_json"])
        let malformed = try await HTTPAnswer(node, "/v1/quarantine?reason=malformed_json").json()
        let id = try #require((malformed["lines"] as? [[String: Any]])?.first?["id"] as? Int)

        let replayed = try await HTTPAnswer(node, "/v1/quarantine/\(id)/replay", method: "POST").json()
        #expect(replayed["accepted"] as? Int == 1 && replayed["quarantined"] as? Int == 1)
        #expect(try node.ctl(["flush"]).status == 0)
        let old = try await HTTPAnswer(node, "/v1/quarantine/\(id)").json()
        #expect(old["replayed_at"] is String)
        let held = try await HTTPAnswer(node, "/v1/quarantine?reason=malformed_json&state=held").json()
        #expect((held["lines"] as? [[String: Any]])?.compactMap { $0["id"] as? Int } == [id + 2])

        #expect(try await HTTPAnswer(node, "/v1/quarantine/\(id)", method: "DELETE").status == 200)
        try await HTTPAnswer(node, "/v1/quarantine/\(id)").expectProblem(404, "not-found", "no line \(id)")
        try await HTTPAnswer(node, "/v1/quarantine/\(id)", method: "DELETE").expectProblem(404, "not-found", "no line")
        try await HTTPAnswer(node, "/v1/quarantine/\(id)/replay", method: "POST").expectProblem(
            404,
            "not-found",
            "no line"
        )
        let tally = try node.tally()
        #expect(tally["accepted"] == 4 && tally["counted"] == 1 && tally["quarantined"] == 3)
    }

    @Test func badQueriesAreAnsweredWithProblemDetails() async throws {
        let node = try RunningNode()
        let id = "0f8fad5b-d9cb-469f-a165-70867728950e"
        let wrong: [(String, String)] = [
            ("/v1/windows?type=yearly", "one of streaming, hourly"), ("/v1/windows?limit=0", "1…1000"),
            ("/v1/windows?limit=1001", "1…1000"), ("/v1/windows?limit=+1", "1…1000"),
            ("/v1/windows?from=yesterday", "a moment"),
            ("/v1/windows?cursor=x", "next_cursor"), ("/v1/windows?page=2", "they are type, from"),
            ("/v1/windows?limit=1&limit=2", "twice"),
            ("/v1/windows?revision=1", "newest, all"),
            ("/v1/windows/yearly/2026-11-03T00:00:00Z", "one of"), ("/v1/windows/hourly/noon", "a moment"),
            ("/v1/workflows/1", "a UUID"), ("/v1/workflows?state=running", "stuck"),
            ("/v1/intents?state=lost", "pending"),
            ("/v1/intents?cursor=-1", "a number"), ("/v1/intents/1", "a UUID"),
            ("/v1/quarantine?reason=ugly", "malformed_json"),
            ("/v1/quarantine/zero", "a number"), ("/health?verbose=1", "there are none"),
            ("/v1/stream?type=all", "one of"),
        ]
        for (path, part) in wrong {
            try await HTTPAnswer(node, path).expectProblem(400, "invalid-parameter", part)
        }
        let missing: [(String, String)] = [
            ("/nothing", "openapi.json"), ("/v2/windows", "openapi.json"), ("/v1/windows/", "openapi.json"),
            ("/v1//windows", "openapi.json"), ("/v1/windows/hourly/2026-11-03T00:00:00Z", "no hourly window"),
            ("/v1/workflows/\(id)", "not known"), ("/v1/intents/\(id)", "no intent"), ("/v1/quarantine/9", "no line 9"),
        ]
        for (path, part) in missing { try await HTTPAnswer(node, path).expectProblem(404, "not-found", part) }
        for (method, path, allowed) in [
            ("DELETE", "/v1/windows", "GET, HEAD"), ("GET", "/v1/events", "POST"),
            ("PUT", "/v1/quarantine/1", "DELETE, GET, HEAD"),
        ] {
            let answer = try await HTTPAnswer(node, path, method: method)
            try answer.expectProblem(405, "method-not-allowed", "use \(allowed)")
            #expect(answer.header("Allow") == allowed)
        }
        let head = try await HTTPAnswer(node, "/health", method: "HEAD")
        #expect(head.status == 200 && head.body.isEmpty)
    }

    @Test func tooManyQueriesAreHeldBackAndHealthIsNot() async throws {
        let file = try RunningNode.configuration("http:\n  query_rate_max: 2\n")
        let node = try RunningNode(extra: ["--config", file.path])
        var statuses: [Int] = []
        for _ in 0..<20 { statuses.append(try await HTTPAnswer(node, "/v1/cluster").status) }
        #expect(statuses.first == 200 && statuses.contains(429))
        let answer = try await HTTPAnswer(node, "/v1/cluster")
        if answer.status == 429 {
            try answer.expectProblem(429, "too-many-requests", "http.query_rate_max")
            #expect(answer.header("Retry-After") == "1")
        }
        for _ in 0..<20 { #expect(try await HTTPAnswer(node, "/health").status == 200) }
    }
}
