import Testing
import WeirCore

@testable import WeirNode

@Suite struct PrometheusTextTests {
    @Test func samplesAreGroupedSortedAndEscaped() {
        let metrics = NodeMetrics()
        metrics.add(.commits, ["worker-2", "committed"], 3)
        metrics.add(.commits, ["worker-1", "committed"])
        metrics.add(.commits, ["worker-1", "committed"])
        let text = String(
            decoding: PrometheusText.encode(
                metrics.samples + [MetricSample(.errorCodes, ["hourly", "a\"b\\c\nd"], 0.25)]
            ),
            as: UTF8.self
        )
        let commits = NodeMetric.commits
        let expected = """
            # HELP weir_worker_commits_total \(commits.help)
            # TYPE weir_worker_commits_total counter
            weir_worker_commits_total{worker="worker-1",outcome="committed"} 2
            weir_worker_commits_total{worker="worker-2",outcome="committed"} 3
            # HELP weir_window_failures \(NodeMetric.errorCodes.help)
            # TYPE weir_window_failures gauge
            weir_window_failures{window_type="hourly",error_code="a\\"b\\\\c\\nd"} 0.25

            """
        #expect(text == expected)
    }

    @Test func histogramsAddUpAndEndWithInfinity() {
        let metrics = NodeMetrics()
        for seconds in [0.0001, 0.002, 0.002, 5000] { metrics.observe(.journalFsyncSeconds, seconds: seconds) }
        let lines = String(decoding: PrometheusText.encode(metrics.samples), as: UTF8.self).split(separator: "\n")
        let name = NodeMetric.journalFsyncSeconds.rawValue
        #expect(lines.contains("\(name)_bucket{le=\"0.0005\"} 1"))
        #expect(lines.contains("\(name)_bucket{le=\"0.0025\"} 3"))
        #expect(lines.contains("\(name)_bucket{le=\"3600\"} 3"))
        #expect(lines.contains("\(name)_bucket{le=\"+Inf\"} 4"))
        #expect(lines.contains("\(name)_count 4"))
        #expect(lines.contains("\(name)_sum 5000.0041"))
    }

    @Test func namesFollowPrometheusConventions() {
        for metric in NodeMetric.allCases {
            #expect(metric.rawValue.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
            #expect((metric.kind == .counter) == metric.rawValue.hasSuffix("_total"))
            #expect(metric.help.hasSuffix("."))
            #expect(Set(metric.labels).count == metric.labels.count)
        }
    }

    @Test func aWindowsGroupsAreLimitedToTheLargest() {
        let models = (0..<80).map { "\"m\($0)\":{\"total_generations\":\($0),\"avg_quality_score\":0.5}" }
        let record = "{\"window_start\":\"2026-11-03T00:00:00Z\",\"model_metrics\":{\(models.joined(separator: ","))}}"
        let samples = WindowSamples.samples(Array(record.utf8), type: .hourly)
        let shown = samples.filter { $0.metric == .modelGenerations }.map { $0.labels[1] }
        #expect(Set(shown) == Set((30..<80).map { "m\($0)" }))
        #expect(WindowSamples.samples(Array("[]".utf8), type: .hourly).isEmpty)
    }
}
