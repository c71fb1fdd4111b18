import Foundation
import FoundationXML
import Testing

@testable import WeirLoad

@Suite struct ReportTests {
    /// A run of a hundred seconds with everything in it.
    static func report(target: String = "tcp://127.0.0.1:7701", p99: Double = 20) -> RunReport {
        let schedule = LoadSchedule(.constant(100), seconds: 10)
        var planner = BatchPlanner(schedule, size: 10, wait: .milliseconds(50))
        var statistics = RunStatistics(schedule, warmUp: .zero)
        while let batch = planner.next() {
            let answer = RunTime(nanoseconds: batch.due.nanoseconds + Int64(p99 * 1e6) * Int64(batch.index % 7) / 6)
            statistics.acknowledged(
                SentBatch(
                    batch: batch,
                    senderFree: .zero,
                    sent: batch.due,
                    acknowledged: answer,
                    bytes: 4700,
                    quarantined: 0,
                    retries: 0
                )
            )
        }
        var samples: [IntervalSample] = []
        for second in 0..<100 {
            var sample = statistics.takeInterval(
                from: RunTime(seconds: Double(second)),
                to: RunTime(seconds: Double(second + 1))
            )
            sample.nodeCores = 0.5
            sample.nodeMemoryBytes = 80_000_000 + second
            sample.harnessCores = 0.1
            samples.append(sample)
        }
        var verification = Verification(mode: .exact, outcome: .wrong)
        verification.differences = ["streaming <&\"> differs"]
        verification.differenceCount = 1
        var harness = RunReport.Harness(lag: statistics.lagSummary, heldBackShare: 0.5, generatorShare: 0.1, cores: 0.2)
        harness.warnings = ["places in flight <all> & taken"]
        return RunReport(
            tool: "weirload test",
            startedAt: "2026-11-03T00:00:00Z",
            target: target,
            transport: "nng",
            profile: "constant, 100 events/s",
            settings: .init(seed: 1, connections: 2, inFlight: 4, batchEvents: 10, batchWaitMs: 50, warmUpSeconds: 0),
            scheduledSeconds: 10,
            measuredSeconds: 10,
            scheduledEvents: schedule.events,
            statistics: statistics,
            offeredPerSecond: 100,
            acknowledgedPerSecond: 99,
            megabytesPerSecond: 0.05,
            windowLatency: statistics.latencySummary,
            windows: [
                .init(start: "2026-11-03T00:00:00Z", second: 6, latencyMs: 12),
                .init(start: "2026-11-03T00:00:05Z", second: 11, latencyMs: nil),
            ],
            harness: harness,
            processes: [
                ProcessUsage(
                    pid: 7,
                    name: "weir",
                    cores: 0.5,
                    cpuSeconds: 5,
                    memoryStartBytes: 1,
                    memoryMaxBytes: 90_000_000,
                    memoryEndBytes: 2,
                    threadCpuSeconds: ["coordinator": 0.5]
                )
            ],
            verification: verification,
            errors: ["timeout": 2],
            series: samples
        )
    }

    @Test(arguments: ["tcp://127.0.0.1:7701", "<script>alert('&')</script>"])
    func thePageIsWellFormed(target: String) throws {
        let html = ReportPage.html(Self.report(target: target))
        let parser = XMLParser(data: Data(html.utf8))
        #expect(parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    }

    @Test func thePageNeedsNothingFromElsewhere() {
        let html = ReportPage.html(Self.report())
        for word in ["src=", "@import", "url(", "<link", "<script"] { #expect(!html.contains(word), "\(word)") }
    }

    @Test func everyChartHasATextAndATable() {
        let html = ReportPage.html(Self.report())
        let charts = html.components(separatedBy: "<figure>").dropFirst()
        #expect(charts.count == 6)
        for chart in charts {
            #expect(chart.contains("role=\"img\""))
            #expect(chart.contains("<desc"))
            #expect(chart.contains("<table>"))
            #expect(!chart.contains("nan") && !chart.contains("inf"))
        }
    }

    @Test func aRunWithoutAnswersHasAPageToo() {
        var report = Self.report()
        report.series = []
        report.latencyCurve = []
        report.windows = []
        #expect(XMLParser(data: Data(ReportPage.html(report).utf8)).parse())
    }

    @Test func aReportIsReadAsItWasWritten() throws {
        let report = Self.report()
        #expect(try RunReport(json: Array(report.json)) == report)
        #expect(throws: RunReport.ReadFailure.self) { try RunReport(json: Array("{}".utf8)) }
    }

    @Test func objectivesAreHeldUpToTheirLimit() {
        #expect(Objective("a", unit: "ms", atMost: 5, actual: 5).held)
        #expect(!Objective("a", unit: "ms", atMost: 5, actual: 5.1).held)
        #expect(Objective("a", unit: "n", atLeast: 5, actual: 5).held)
        #expect(!Objective("a", unit: "n", atMost: 5, actual: nil).held)
    }

    @Test func theHarnessSaysWhenItIsTheLimit() {
        let calm = LatencySummary(count: 1, meanMs: 1, p50Ms: 1, p90Ms: 1, p99Ms: 1, p999Ms: 1, maxMs: 1)
        var slow = calm
        slow.p99Ms = 9
        func warnings(lag: LatencySummary, held: Double, generator: Double, acknowledged: Double) -> [String] {
            HarnessVerdict.warnings(
                .init(lag: lag, heldBackShare: held, generatorShare: generator, cores: 1),
                latency: calm,
                offered: 100,
                acknowledged: acknowledged,
                inFlight: 8
            )
        }
        #expect(warnings(lag: calm, held: 0, generator: 0.1, acknowledged: 100).isEmpty)
        #expect(warnings(lag: slow, held: 0, generator: 0.1, acknowledged: 100)[0].contains("late"))
        #expect(warnings(lag: calm, held: 0.2, generator: 0.1, acknowledged: 100)[0].contains("20 %"))
        #expect(warnings(lag: calm, held: 0, generator: 0.9, acknowledged: 100)[0].contains("generator"))
        #expect(warnings(lag: calm, held: 0, generator: 0.1, acknowledged: 50)[0].contains("not kept"))
    }

    @Test(arguments: [(0.0, 1.0), (7, 8), (100, 100), (130, 150), (0.003, 0.003)])
    func axesEndAtARoundNumber(largest: Double, top: Double) {
        #expect(abs(ChartAxis(upTo: largest).top - top) < top * 1e-9)
    }

    @Test func numbersAreShownAsPeopleReadThem() {
        #expect(Figure.grouped(1_234_567) == "1,234,567")
        #expect(Figure.grouped(-12) == "-12")
        #expect(Figure.short(0.1234) == "0.123")
        #expect(Figure.short(12_345.6) == "12,346")
        #expect(Figure.compact(2_500_000) == "2.50 M")
        #expect(Figure.milliseconds(12_000) == "12.0 s")
    }
}
