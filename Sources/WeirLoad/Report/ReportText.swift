/// A report for a terminal.
public enum ReportText {
    public static func lines(_ report: RunReport) -> [String] {
        var lines = [
            "\(report.profile), for \(Figure.short(report.scheduledSeconds)) s over \(report.transport): \(report.target)",
            "",
        ]
        for (name, value) in rows(report) {
            lines.append("  " + name + String(repeating: " ", count: max(1, 22 - name.count)) + value)
        }
        if !report.objectives.isEmpty {
            lines.append("")
            lines += report.objectives.map { "  " + $0.description }
        }
        lines.append("")
        lines += verification(report.verification).map { "  " + $0 }
        for warning in report.harness.warnings { lines.append("  warning: " + warning) }
        return lines
    }

    /// The figures, by name.
    static func rows(_ report: RunReport) -> [(String, String)] {
        let totals = report.totals
        var rows = [
            ("offered", "\(Figure.short(report.offeredPerSecond)) events/s"),
            (
                "acknowledged",
                "\(Figure.short(report.acknowledgedPerSecond)) events/s, \(Figure.short(report.megabytesPerSecond)) MB/s; "
                    + "\(Figure.grouped(totals.acknowledgedEvents)) of \(Figure.grouped(report.scheduledEvents)) in all"
            ),
            ("latency", latency(report.latency)),
            ("from departure", latency(report.serviceLatency)),
        ]
        if let windows = report.windowLatency {
            let missing = report.windows.count { $0.latencyMs == nil }
            rows.append(
                (
                    "window latency",
                    windows.count == 0
                        ? "no window closed during the run"
                        : latency(windows) + " (\(windows.count) windows)"
                            + (missing > 0 ? ", \(missing) not seen" : "")
                )
            )
        }
        rows.append(
            (
                "errors",
                "\(totals.failedBatches) batches given up, \(totals.retries) sent again"
                    + (report.errors.isEmpty
                        ? ""
                        : ": "
                            + report.errors.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
                                separator: ", "
                            ))
            )
        )
        for process in report.processes {
            let threads = process.threadCpuSeconds.sorted { $0.value > $1.value }.prefix(4).map { name, seconds in
                "\(name) \(Figure.short(100 * seconds / max(1e-9, report.measuredSeconds))) %"
            }
            rows.append(
                (
                    "\(process.name) \(process.pid)",
                    "\(Figure.short(process.cores)) cores (\(threads.joined(separator: ", "))), memory up to \(Figure.megabytes(process.memoryMaxBytes))"
                )
            )
        }
        rows.append(
            (
                "weirload",
                "\(Figure.short(report.harness.cores)) cores, own lag p99 \(Figure.milliseconds(report.harness.lag.p99Ms)), generator \(Int((report.harness.generatorShare * 100).rounded())) % busy, \(Int((report.harness.heldBackShare * 100).rounded())) % held back in flight"
            )
        )
        return rows
    }

    static func latency(_ latency: LatencySummary) -> String {
        guard latency.count > 0 else { return "none measured" }
        return "p50 \(Figure.milliseconds(latency.p50Ms)), p99 \(Figure.milliseconds(latency.p99Ms)), "
            + "p99.9 \(Figure.milliseconds(latency.p999Ms)), max \(Figure.milliseconds(latency.maxMs))"
    }

    static func verification(_ verification: Verification) -> [String] {
        let counted = verification.eventsCounted.map(Figure.grouped) ?? "an unknown number"
        let first =
            switch verification.outcome {
            case .notAsked: "not verified (--verify none)"
            case .correct:
                "verified (\(verification.mode.rawValue)): \(Figure.grouped(verification.windowsCompared)) windows are what was sent, \(counted) events counted of \(Figure.grouped(verification.eventsSent)) sent"
            case .wrong:
                "WRONG: \(verification.differenceCount) differences in \(verification.windowsCompared) windows, \(counted) events counted of \(Figure.grouped(verification.eventsSent)) sent"
            case .unknown: "NOT VERIFIED: it can't be told whether the windows are what was sent"
            }
        return [first] + verification.differences.map { "  " + $0 } + verification.notes.map { "  " + $0 }
    }
}
