import Foundation
import Testing
import WeirTestSupport

/// Alerts, trends and rolling windows of a real node, by weirctl and HTTP.
@Suite struct AlertTests {
    /// A node with rules that the golden events break.
    private func node() throws -> (RunningNode, TemporaryDirectory) {
        let (path, directory) = try RunningNode.configuration("contract: contract.yaml")
        try "parts:\n  alerts: alerts.yaml\n".write(
            toFile: directory.path + "/contract.yaml",
            atomically: true,
            encoding: .utf8
        )
        try """
        rules:
          - {name: failures, window: streaming, metric: failed_generations, above: 0}
          - {name: model_quality, window: hourly, by: model, metric: avg_quality_score, below: 2, severity: critical}
        """.write(toFile: directory.path + "/alerts.yaml", atomically: true, encoding: .utf8)
        return (try RunningNode(workers: 2, extra: ["--config", path]), directory)
    }

    /// Announcements in the file of alerts, by event id.
    private func announced(_ node: RunningNode) throws -> [String: [String: Any]] {
        let text = try String(contentsOfFile: node.directory.path + "/data/metrics_alert.ndjson", encoding: .utf8)
        var events: [String: [String: Any]] = [:]
        for line in text.split(separator: "\n") {
            let event = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            events[try #require(event["event_id"] as? String)] = event
        }
        return events
    }

    @Test func incidentsAreAnnouncedOnceWhateverEndsInBetween() throws {
        let (node, directory) = try node()
        defer { withExtendedLifetime(directory) {} }
        try node.ctl(["send", RunningNode.golden("messy")])
        try node.ctl(["flush"])
        let first = try announced(node)
        #expect(first.values.contains { $0["rule"] as? String == "failures" && $0["state"] as? String == "firing" })
        let firing = first.values.filter { $0["state"] as? String == "firing" }
        #expect(Set(firing.compactMap { $0["incident_id"] as? String }).count == firing.count)
        let listed = try node.ctl(["alerts", "--json"])
        #expect(listed.status == 2, "something fires: \(listed.errors)")
        #expect(listed.output.contains(#""group":"gpt-4o","state":"firing""#))

        // The same again is all duplicates; a crash and a start in between change nothing.
        node.kill()
        try node.start(workers: 1)
        try node.ctl(["send", RunningNode.golden("messy")])
        try node.ctl(["flush"])
        #expect(try Set(announced(node).keys) == Set(first.keys))
        #expect(try node.ctl(["alerts", "--history", "--json"]).lines.count >= first.count)
        let records = try String(contentsOfFile: node.records, encoding: .utf8)
        #expect(!records.contains("GENERATION_METRICS_ALERT"), "records are a file of their own")
    }

    @Test func rollingWindowsAreThoseOfTheEventsInTheirRange() async throws {
        let node = try RunningNode()
        try node.ctl(["send", RunningNode.golden("basic")])
        try node.ctl(["flush"])
        // An hour that ends where a window does is that window.
        let hour = try node.ctl(["windows", "--type", "hourly", "--from", "2026-11-03T00:00:00Z", "--json"]).lines[0]
        var window = try #require(JSONSerialization.jsonObject(with: Data(hour.utf8)) as? [String: Any])
        let answer = try await HTTPAnswer(node, "/v1/windows?type=hourly&mode=rolling&at=2026-11-03T01:00:03Z")
        let rolling = try answer.json()
        for own in [
            "event_type", "event_id", "correlation_id", "aggregation_id", "revision", "timestamp", "created_at",
            "aggregation_duration_ms", "items_per_second",
        ] { window[own] = nil }
        for (name, value) in window {
            #expect((rolling[name] as? NSObject) == (value as? NSObject), "\(name)")
        }
        #expect(
            rolling["at"] as? String == "2026-11-03T01:00:03Z"
                && rolling["window_end"] as? String == "2026-11-03T01:00:00Z"
        )
        let table = try node.ctl(["windows", "--rolling", "day", "--at", "2026-11-03T01:00:00Z"])
        #expect(table.status == 0 && table.output.contains("2026-11-02T01:00:00Z … 2026-11-03T01:00:00Z"))
        #expect(try await HTTPAnswer(node, "/v1/windows?mode=rolling").status == 404)
        #expect(try node.ctl(["windows", "--rolling", "fortnight"]).status == 64)
        #expect(try node.ctl(["windows", "--at", "2026-11-03T01:00:00Z"]).status == 64)
    }

    @Test func trendsAndAlertsAreAnsweredByHTTPWithGoodAndBadInput() async throws {
        let node = try RunningNode()
        try node.ctl(["send", RunningNode.golden("messy")])
        try node.ctl(["flush"])
        let trends = try await HTTPAnswer(
            node,
            "/v1/trends?type=streaming&by=model&metric=avg_quality_score&series=yes"
        ).json()
        let found = try #require(trends["trends"] as? [[String: Any]])
        #expect(found.contains { $0["group"] as? String == "gpt-4o" && ($0["series"] as? [Any])?.isEmpty == false })
        #expect(try await HTTPAnswer(node, "/v1/trends?by=model&metric=success_rate").status == 404)
        #expect(try await HTTPAnswer(node, "/v1/trends?group=x").status == 404)
        #expect(try await HTTPAnswer(node, "/v1/trends?points=7").status == 400)
        let table = try node.ctl(["trends", "--type", "streaming"])
        #expect(table.status == 0 && table.output.contains("success_rate"))
        #expect(try node.ctl(["trends", "--metric", "nonsense"]).status == 64)
        let alerts = try await HTTPAnswer(node, "/v1/alerts").json()
        #expect(
            (alerts["alerts"] as? [[String: Any]])?.contains { $0["rule"] as? String == "success_rate_low" } == true
        )
        #expect(try await HTTPAnswer(node, "/v1/alerts?state=loud").status == 400)
        #expect(try await HTTPAnswer(node, "/v1/alerts/history").status == 200)
        #expect(try node.ctl(["alerts"]).status == 0)
        #expect(try node.ctl(["alerts", "--state", "loud"]).status == 64)
    }
}
