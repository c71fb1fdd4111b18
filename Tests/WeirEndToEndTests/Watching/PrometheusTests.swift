import Foundation
import Testing
import WeirTestSupport

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Metrics, rules and dashboard, by Prometheus' own tools where they are installed (deploy/install.sh --tests).
@Suite(.serialized) struct PrometheusTests {
    private static let isInstalled = RunningPrometheus.isInstalled
    private static let hint = RunningPrometheus.hint

    private static func deployed(_ path: String) -> String { Command.package.appending(path: "deploy/" + path).path }

    private func filledNode() throws -> RunningNode {
        let node = try RunningNode()
        #expect(try node.ctl(["send", RunningNode.golden("messy")]).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        return node
    }

    @Test func metricsTellWhatWasCounted() async throws {
        let node = try filledNode()
        let answer = try await HTTPAnswer(node, "/metrics")
        #expect(answer.status == 200 && answer.contentType.hasPrefix("text/plain; version=0.0.4"))
        let lines = Set(answer.text.split(separator: "\n"))
        let tally = try node.tally()
        for line in [
            "weir_ingest_events_total{source=\"nng\"} \(tally["accepted"]!)",
            "weir_events_total{outcome=\"counted\"} \(tally["counted"]!)",
            "weir_events_total{outcome=\"duplicate\"} \(tally["duplicate"]!)",
            "weir_quarantined_events_total{reason=\"malformed_json\"} 50",
            "weir_cluster_ready 1", "weir_cluster_nodes{role=\"worker\"} 2", "weir_intents_pending 0",
            "weir_windows_open 0",
            "weir_source_lag_frames{ingest=\"ingest-1\"} 0", "weir_ingest_waiting_requests 0",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
        for name in [
            "weir_journal_fsync_duration_seconds_count", "weir_worker_commits_total",
            "weir_store_transaction_duration_seconds_sum",
            "weir_window_model_quality_score{window_type=\"hourly\"", "weir_intent_attempts_total",
            "weir_window_failures{window_type=\"hourly\",",
            "weir_data_directory_free_bytes",
        ] {
            #expect(lines.contains { $0.hasPrefix(name) }, "\(name)")
        }
    }

    @Test(.enabled(if: isInstalled, hint)) func promtoolFindsNothingWrongWithMetrics() async throws {
        let node = try filledNode()
        let text = try await HTTPAnswer(node, "/metrics").body
        let checked = try Command("/usr/bin/promtool", ["check", "metrics"], input: text)
        #expect(checked.status == 0 && checked.errors.isEmpty, "\(checked.output)\(checked.errors)")
    }

    @Test(.enabled(if: isInstalled, hint)) func alertRulesAreRightAndFireWhenTheyShould() throws {
        let rules = try Command("/usr/bin/promtool", ["check", "rules", Self.deployed("prometheus/weir.rules.yml")])
        #expect(rules.status == 0, "\(rules.output)\(rules.errors)")
        let tests = try Command(
            "/usr/bin/promtool",
            ["test", "rules", Self.deployed("prometheus/weir.rules.test.yml")]
        )
        #expect(tests.status == 0, "\(tests.output)\(tests.errors)")
        let configuration = try Command(
            "/usr/bin/promtool",
            ["check", "config", Self.deployed("prometheus/prometheus.yml")]
        )
        #expect(configuration.status == 0, "\(configuration.output)\(configuration.errors)")
    }

    @Test func everyRuleHasATestAndNamesAPartOfTheRunbook() throws {
        let rules = try String(contentsOfFile: Self.deployed("prometheus/weir.rules.yml"), encoding: .utf8)
        let tests = try String(contentsOfFile: Self.deployed("prometheus/weir.rules.test.yml"), encoding: .utf8)
        let alerts = rules.matches(of: /alert: (\w+)/).map { String($0.1) }
        #expect(alerts.count >= 10)
        for alert in alerts { #expect(tests.contains("alertname: \(alert)\n"), "\(alert)") }
        let page = try String(
            contentsOf: Command.package.appending(path: "Sources/WeirNode/WeirNode.docc/Operations-Runbook.md"),
            encoding: .utf8
        )
        let parts = Set(
            page.matches(of: /(?m)^##+ (.+)$/).map { heading in
                String(heading.1.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
            }
        )
        for part in rules.matches(of: /runbook: Operations-Runbook#([a-z0-9-]+)/) {
            #expect(parts.contains(String(part.1)), "\(part.1)")
        }
    }

    @Test(.enabled(if: isInstalled, hint)) func aRealPrometheusScrapesTheNode() async throws {
        let node = try filledNode()
        let prometheus = try RunningPrometheus(
            scraping: [node.http],
            rules: Self.deployed("prometheus/weir.rules.yml")
        )
        let counted = try "\(node.tally()["counted"]!)"
        let query = "weir_events_total{outcome=\"counted\"}"
        var samples = try await prometheus.samples(query)
        let end = Date().addingTimeInterval(60)
        while samples.first?.value != counted, Date() < end {
            usleep(50_000)
            samples = try await prometheus.samples(query)
        }
        #expect(samples.map(\.value) == [counted] && samples.first?.labels["job"] == "weir")
        #expect(try await prometheus.samples("up{job=\"weir\"}").map(\.value) == ["1"])
    }

    /// In every state that a panel is for: late data, lines that are refused, a sink that fails and intents that are given up.
    @Test(.enabled(if: isInstalled, hint)) func everyPanelOfTheGrafanaDashboardHasDataOfARealCluster() async throws {
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 2,
            streaming: ProcessClusterTests.unlimited,
            intents: ["retry_policy:", "  attempts_max: 2", "  backoff_initial_ms: 1"],
            prepare: RunningCluster.fillRecordsDisk
        )
        let roles = [cluster.coordinator] + cluster.ingests + cluster.workers + cluster.executors
        let prometheus = try RunningPrometheus(
            scraping: roles.map(\.http),
            rules: Self.deployed("prometheus/weir.rules.yml")
        )
        let dashboard = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(filePath: Self.deployed("grafana/weir.json")))
        )
        let panels = try #require((dashboard as? [String: Any])?["panels"] as? [[String: Any]])
        let expressions = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }.compactMap {
            $0["expr"] as? String
        }
        #expect(expressions.count > 30)
        // Rates need a series that was there before it grew: one part after the other, until all have been seen to.
        let parts = try RunningCluster.golden("messy").split(into: 8)
        try cluster.send(parts[0], to: 1)
        try cluster.flush()
        let end = Date().addingTimeInterval(120)
        while try await prometheus.samples("weir_window_latency_seconds_count").isEmpty, Date() < end { usleep(50_000) }
        var missing = expressions
        var turn = 1
        while !missing.isEmpty, Date() < end {
            try cluster.send(parts[turn % parts.count], to: 1)
            try cluster.flush()
            var still: [String] = []
            for expression in missing {
                let samples = try await prometheus.samples(
                    expression.replacingOccurrences(of: "$window_type", with: "hourly")
                )
                let isShown = samples.contains { Double($0.value)?.isFinite == true }
                if !isShown { still.append(expression) }
            }
            missing = still
            turn += 1
        }
        #expect(missing.isEmpty)
    }
}
