import Foundation
import Synchronization
import WeirLoad

/// The run as it goes, on a terminal's stderr: redrawn in place once a second. Nothing when stderr is no terminal.
final class LiveView: Sendable {
    private let isShown: Bool
    private let title: String
    private let seconds: Double
    private let state = Mutex(State())

    private struct State {
        var rates: [Double] = []
        var latencies: [Double] = []
        var lines = 0
    }

    private static let historyMax = 240

    init(title: String, seconds: Double, isQuiet: Bool) {
        self.title = title
        self.seconds = seconds
        isShown = !isQuiet && isatty(STDERR_FILENO) == 1
    }

    func show(_ sample: IntervalSample, _ totals: RunStatistics.Totals) {
        guard isShown else { return }
        state.withLock { state in
            state.rates.append(sample.acknowledgedPerSecond)
            state.latencies.append(sample.p99Ms)
            if state.rates.count > Self.historyMax {
                state.rates.removeFirst()
                state.latencies.removeFirst()
            }
            draw(lines(sample, totals, state), &state)
        }
    }

    /// One line about what comes after the load.
    func say(_ text: String) {
        guard isShown else { return }
        state.withLock { state in
            draw([text], &state)
        }
    }

    /// Takes everything off the screen.
    func clear() {
        guard isShown else { return }
        state.withLock { state in draw([], &state) }
    }

    private func lines(_ sample: IntervalSample, _ totals: RunStatistics.Totals, _ state: State) -> [String] {
        let width = max(40, Self.width)
        let spark = max(10, min(60, width - 30))
        var node = ""
        if let cores = sample.nodeCores, let memory = sample.nodeMemoryBytes {
            node = "   node \(String(format: "%.2f", cores)) cores, \(Figure.megabytes(memory))"
        }
        let errors = totals.retries + totals.failedBatches
        return [
            "\(title)  \(Int(sample.second)) of \(Int(seconds.rounded(.up))) s",
            "  rate      \(pad(Figure.compact(sample.acknowledgedPerSecond) + "/s"))\(Sparkline.text(state.rates, width: spark))",
            "  p99       \(pad(Figure.milliseconds(sample.p99Ms)))\(Sparkline.text(state.latencies, width: spark))",
            "  latency   p50 \(Figure.milliseconds(sample.p50Ms))   p99.9 \(Figure.milliseconds(sample.p999Ms))   max \(Figure.milliseconds(sample.maxMs))",
            "  events    \(Figure.grouped(totals.acknowledgedEvents)) acknowledged, \(Figure.grouped(sample.backlogEvents)) behind"
                + (errors > 0 ? ", \(Figure.grouped(errors)) errors" : ", no errors") + node,
        ].map { String($0.prefix(width - 1)) }
    }

    private func pad(_ text: String) -> String { text + String(repeating: " ", count: max(1, 14 - text.count)) }

    private func draw(_ lines: [String], _ state: inout State) {
        var text = state.lines > 0 ? "\u{1B}[\(state.lines)A\r" : ""
        for line in lines { text += "\u{1B}[2K\(line)\n" }
        // What a longer drawing has left below.
        text += "\u{1B}[J"
        state.lines = lines.count
        FileHandle.standardError.write(Data(text.utf8))
    }

    private static var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }
}
