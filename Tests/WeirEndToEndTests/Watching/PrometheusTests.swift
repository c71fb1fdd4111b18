import Foundation
import Testing
import WeirTestSupport

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Metrics, rules and dashboard, by Prometheus' own tools where they are installed (deploy/install.sh --tests).
@Suite(.serialized) struct PrometheusTests {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")
    private static let hint: Comment = "prometheus is not installed: deploy/install.sh --tests"

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
        let folder = try TemporaryDirectory()
        let port = try Self.freePort()
        let configuration = """
            global: {scrape_interval: 200ms, scrape_timeout: 200ms}
            rule_files: ["\(Self.deployed("prometheus/weir.rules.yml"))"]
            scrape_configs:
              - job_name: weir
                static_configs: [{targets: ["\(node.http.host()!):\(node.http.port!)"]}]
            """
        try configuration.write(toFile: folder.path + "/prometheus.yml", atomically: true, encoding: .utf8)
        let prometheus = Process()
        prometheus.executableURL = URL(filePath: "/usr/bin/prometheus")
        prometheus.arguments = [
            "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/data",
            "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
        ]
        try prometheus.run()
        defer {
            prometheus.terminate()
            prometheus.waitUntilExit()
        }
        let counted = try node.tally()["counted"]!
        let query = "http://127.0.0.1:\(port)/api/v1/query?query="
        var answer = ""
        let end = Date().addingTimeInterval(60)
        while !answer.contains("\"\(counted)\""), Date() < end {
            let url = URL(string: query + "weir_events_total%7Boutcome%3D%22counted%22%7D")!
            if let (data, _) = try? await URLSession.shared.data(from: url) {
                answer = String(decoding: data, as: UTF8.self)
            }
            usleep(50_000)
        }
        #expect(answer.contains("\"\(counted)\"") && answer.contains("\"job\":\"weir\""), "\(answer)")
        let (data, _) = try await URLSession.shared.data(from: URL(string: query + "up%7Bjob%3D%22weir%22%7D")!)
        #expect(String(decoding: data, as: UTF8.self).contains("\"1\"]"))
    }

    /// A port that is free now.
    private static func freePort() throws -> Int {
        let script = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
        return try #require(Int(Command("/usr/bin/env", ["python3", "-c", script]).lines.first ?? ""))
    }
}
