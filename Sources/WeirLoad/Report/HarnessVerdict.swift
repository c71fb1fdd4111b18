/// Whether the load test itself limited what it measured.
public enum HarnessVerdict {
    /// Lag beyond this, and beyond a tenth of the latency, makes figures doubtful. Milliseconds.
    static let lagMsMax = 2.0
    static let generatorShareMax = 0.7
    static let heldBackShareMax = 0.01
    static let rateShareMin = 0.98

    /// - Returns: a sentence for each doubt, with what to do.
    public static func warnings(
        _ harness: RunReport.Harness,
        latency: LatencySummary,
        offered: Double,
        acknowledged: Double,
        inFlight: Int
    ) -> [String] {
        var warnings: [String] = []
        if harness.lag.p99Ms > max(lagMsMax, latency.p99Ms / 10) {
            warnings.append(
                "weirload itself was late: its own scheduling lag has a p99 of \(Figure.milliseconds(harness.lag.p99Ms)). "
                    + "The figures include that. Give it a core of its own, more connections or larger batches."
            )
        }
        if harness.generatorShare > generatorShareMax {
            warnings.append(
                "weirload's generator was busy for \(Int(harness.generatorShare * 100)) % of the time: it is near its own limit. "
                    + "Spread the load over more connections, or over more machines."
            )
        }
        if harness.heldBackShare > heldBackShareMax {
            let share = String(Int((harness.heldBackShare * 100).rounded()))
            warnings.append(
                "\(share) % of the batches were due while all \(inFlight) requests allowed in flight were unanswered. Either the "
                    + "cluster is saturated, or the limit is too low for its latency: see --in-flight."
            )
        }
        if offered > 0, acknowledged < rateShareMin * offered {
            warnings.append(
                "\(Figure.short(acknowledged)) of \(Figure.short(offered)) events/s were acknowledged: the schedule was not kept, and "
                    + "latencies grow with the length of the run."
            )
        }
        return warnings
    }
}
