import Foundation

/// A report as a page: one file, no script, nothing loaded from elsewhere; well-formed as XML too.
public enum ReportPage {
    public static func html(_ report: RunReport) -> String {
        let title = "Load test: \(report.profile)"
        return """
            <!DOCTYPE html>
            <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <title>\(HTMLText.escaped(title))</title>
            <style>
            \(ReportStyle.css)
            </style>
            </head>
            <body><main>
            <h1>\(HTMLText.escaped(title))</h1>
            <p class="where">\(HTMLText.escaped(subtitle(report)))</p>
            \(verdicts(report))
            \(tiles(report))
            <h2>Over time</h2>
            <div class="charts">
            \(charts(report))</div>
            <h2>All figures</h2>
            \(figures(report))
            <footer>\(HTMLText.escaped(footer(report)))</footer>
            </main></body>
            </html>

            """
    }

    private static func subtitle(_ report: RunReport) -> String {
        let settings = report.settings
        return
            "\(report.startedAt), \(Figure.short(report.scheduledSeconds)) s over \(report.transport) to \(report.target); "
            + "\(settings.connections) connections with up to \(settings.inFlight) requests in flight each, batches of \(settings.batchEvents)"
    }

    private static func footer(_ report: RunReport) -> String {
        "\(report.tool), seed \(report.settings.seed). Latency counts from the scheduled time of each event, so what a stalled system "
            + "makes others wait is in it. The first \(Figure.short(report.settings.warmUpSeconds)) s are not measured."
    }

    // MARK: - Verdicts

    private static func verdicts(_ report: RunReport) -> String {
        var items = report.objectives.map { objective in
            verdict(objective.held ? "good" : "bad", objective.held ? "Held" : "Missed", objectiveText(objective))
        }
        let lines = ReportText.verification(report.verification)
        switch report.verification.outcome {
        case .correct: items.append(verdict("good", "Correct", lines[0]))
        case .wrong: items.append(verdict("bad", "Wrong", lines.joined(separator: "; ")))
        case .unknown: items.append(verdict("bad", "Not verified", lines.joined(separator: "; ")))
        case .notAsked: items.append(verdict("", "Not verified", "the windows were not compared with what was sent"))
        }
        items += report.harness.warnings.map { verdict("warn", "Mind", $0) }
        return #"<ul class="verdicts">"# + "\n" + items.joined(separator: "\n") + "\n</ul>"
    }

    private static func objectiveText(_ objective: Objective) -> String {
        objective.description.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? objective.description
    }

    private static func verdict(_ kind: String, _ word: String, _ text: String) -> String {
        "<li class=\"\(kind)\"><b>\(HTMLText.escaped(word)).</b> \(HTMLText.escaped(text))</li>"
    }

    // MARK: - Figures

    private static func tiles(_ report: RunReport) -> String {
        var tiles = [
            (
                "Acknowledged", Figure.compact(report.acknowledgedPerSecond) + "/s",
                "offered \(Figure.compact(report.offeredPerSecond))/s"
            ),
            (
                "Latency p50", Figure.milliseconds(report.latency.p50Ms),
                "mean \(Figure.milliseconds(report.latency.meanMs))"
            ),
            (
                "Latency p99", Figure.milliseconds(report.latency.p99Ms),
                "p99.9 \(Figure.milliseconds(report.latency.p999Ms))"
            ),
        ]
        if let windows = report.windowLatency, windows.count > 0 {
            tiles.append(
                (
                    "Window latency p99", Figure.milliseconds(windows.p99Ms),
                    "p50 \(Figure.milliseconds(windows.p50Ms)), \(windows.count) windows"
                )
            )
        }
        if !report.processes.isEmpty {
            let cores = report.processes.map(\.cores).reduce(0, +)
            let memory = report.processes.map(\.memoryMaxBytes).reduce(0, +)
            tiles.append(("Node CPU", "\(Figure.short(cores)) cores", "memory up to \(Figure.megabytes(memory))"))
        }
        let errors = report.totals.failedBatches + report.totals.retries
        tiles.append(("Errors", "\(errors)", "\(Figure.grouped(report.totals.acknowledgedEvents)) events acknowledged"))
        return #"<dl class="tiles">"# + "\n"
            + tiles.map { name, value, more in
                "<div><dt>\(HTMLText.escaped(name))</dt><dd>\(HTMLText.escaped(value))<small>\(HTMLText.escaped(more))</small></dd></div>"
            }.joined(separator: "\n") + "\n</dl>"
    }

    private static func figures(_ report: RunReport) -> String {
        let rows = ReportText.rows(report).map { name, value in
            "<tr><th scope=\"row\">\(HTMLText.escaped(name))</th><td>\(HTMLText.escaped(value))</td></tr>"
        }
        return "<table class=\"figures\"><tbody>\n" + rows.joined(separator: "\n") + "\n</tbody></table>"
    }

    // MARK: - Charts

    private static func charts(_ report: RunReport) -> String {
        let series = report.series
        func line(_ name: String, _ value: (IntervalSample) -> Double?) -> LineChart.Line {
            LineChart.Line(
                name: name,
                points: series.compactMap { sample in value(sample).map { (sample.second.rounded(), $0) } }
            )
        }
        let seconds = "seconds since the begin"
        var charts = [
            LineChart(
                id: "rate",
                title: "Throughput",
                xName: seconds,
                yName: "events/s",
                lines: [line("acknowledged") { $0.acknowledgedPerSecond }, line("scheduled") { $0.scheduledPerSecond }]
            ),
            LineChart(
                id: "latency",
                title: "Acknowledgement latency",
                xName: seconds,
                yName: "ms, from the scheduled time",
                lines: [line("p50") { $0.p50Ms }, line("p99") { $0.p99Ms }, line("p99.9") { $0.p999Ms }],
                yText: { Figure.short($0) }
            ),
            curve(report),
        ]
        let windows = report.windows.compactMap { window in window.latencyMs.map { (window.second, $0) } }
        charts.append(
            LineChart(
                id: "windows",
                title: "Window latency",
                xName: seconds,
                yName: "ms, a dot for each window",
                lines: [LineChart.Line(name: "window latency", points: windows, isDotted: true)],
                yText: { Figure.short($0) }
            )
        )
        charts.append(
            LineChart(
                id: "cpu",
                title: "CPU",
                xName: seconds,
                yName: "cores in use",
                lines: [line("node") { $0.nodeCores }, line("weirload") { $0.harnessCores }],
                yText: { Figure.short($0) }
            )
        )
        charts.append(
            LineChart(
                id: "memory",
                title: "Memory of the node",
                xName: seconds,
                yName: "MB resident",
                lines: [line("node") { $0.nodeMemoryBytes.map { Double($0) / 1e6 } }],
                yText: { Figure.short($0) }
            )
        )
        return charts.map(\.html).joined()
    }

    /// Latency by percentile, with equal room for each further nine (G. Tene's HDR plot).
    private static func curve(_ report: RunReport) -> LineChart {
        func place(_ percentile: Double) -> Double { -log10(max(1e-7, 1 - percentile / 100)) }
        let whole = report.latencyCurve.filter { $0.percentile < 100 }
        let nines = [
            (0.0, "0"), (50, "50"), (90, "90"), (99, "99"), (99.9, "99.9"), (99.99, "99.99"), (99.999, "99.999"),
            (99.9999, "99.9999"),
        ]
        let top = max(1, whole.last.map { place($0.percentile) } ?? 1)
        return LineChart(
            id: "curve",
            title: "Latency by percentile",
            xName: "percentile",
            yName: "ms, from the scheduled time",
            lines: [LineChart.Line(name: "latency", points: whole.map { (place($0.percentile), $0.ms) })],
            xMarks: LineChart.XMarks(
                top: top,
                marks: nines.filter { place($0.0) <= top }.map { (place($0.0), $0.1) }
            ),
            xText: { String(format: "%.4f", 100 - 100 * pow(10, -$0)) },
            yText: { Figure.short($0) }
        )
    }
}
