import Foundation

/// A progress bar on a terminal's stderr; nothing elsewhere. At most ten updates a second.
public final class ProgressBar {
    private let label: String
    private let isShown = isatty(STDERR_FILENO) == 1
    private let began = ContinuousClock.now
    private var last: ContinuousClock.Instant?
    private var isOnScreen = false

    public init(label: String) {
        self.label = label
    }

    /// Shows progress.
    ///
    /// - Parameters:
    ///   - done: bytes so far.
    ///   - total: bytes in all; nil when unknown.
    public func show(done: Int, of total: Int?, detail: String) {
        guard isShown else { return }
        let now = ContinuousClock.now
        if let last, now - last < .milliseconds(100) { return }
        last = now
        let seconds = Double((now - began).components.seconds) + Double((now - began).components.attoseconds) * 1e-18
        let rate = seconds > 0 ? Double(done) / seconds / 1e6 : 0
        var line = "\r\u{1B}[K\(label) "
        if let total, total > 0 {
            let share = min(1, Double(done) / Double(total))
            let filled = Int(share * 30)
            line += "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: 30 - filled) + "] "
            line += "\(Int(share * 100))% "
        }
        line += "\(detail), \(String(format: "%.0f", rate)) MB/s"
        FileHandle.standardError.write(Data(line.utf8))
        isOnScreen = true
    }

    /// Takes the bar off the screen.
    public func clear() {
        guard isOnScreen else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
        isOnScreen = false
    }
}
