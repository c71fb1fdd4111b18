import Testing
import WeirLoad

@Suite struct RunComparisonTests {
    private func compared(threshold: Double = 0.1, _ change: (inout RunReport) -> Void) -> RunComparison {
        var after = ReportTests.report()
        change(&after)
        return RunComparison(ReportTests.report(), after, threshold: threshold, noiseMs: 1)
    }

    private func regressions(_ comparison: RunComparison) -> [String] {
        comparison.rows.filter(\.isRegression).map(\.name)
    }

    @Test func aReportIsNoRegressionOfItself() {
        let comparison = compared { _ in }
        #expect(!comparison.hasRegressions)
        #expect(comparison.rows.allSatisfy { $0.before == $0.after })
    }

    @Test func aLowerRateIsARegressionBeyondTheThreshold() {
        #expect(regressions(compared { $0.acknowledgedPerSecond *= 0.95 }).isEmpty)
        #expect(regressions(compared { $0.acknowledgedPerSecond *= 0.85 }) == ["acknowledged"])
        #expect(regressions(compared { $0.acknowledgedPerSecond *= 2 }).isEmpty)
    }

    @Test func aLatencyMustBeWorseThanTheNoiseToo() {
        #expect(regressions(compared(threshold: 0) { $0.latency.p99Ms += 0.9 }).isEmpty)
        #expect(regressions(compared(threshold: 0) { $0.latency.p99Ms += 1.1 }) == ["latency p99"])
    }

    @Test func theSlowestEventAloneIsNoRegression() {
        #expect(regressions(compared { $0.latency.maxMs *= 100 }).isEmpty)
    }

    @Test func errorsCostAndWrongWindowsAreCompared() {
        #expect(regressions(compared { $0.totals.failedBatches += 1 }) == ["errors"])
        #expect(regressions(compared { $0.processes[0].cpuSeconds *= 2 }) == ["node CPU"])
        #expect(regressions(compared { $0.verification.differenceCount += 1 }) == ["wrong windows"])
    }

    @Test func runsOfAnotherKindAreNoted() {
        let comparison = compared {
            $0.profile = "ramp"
            $0.settings.batchEvents = 7
        }
        #expect(comparison.notes.count { $0.contains("is not the same") } == 2)
    }
}
