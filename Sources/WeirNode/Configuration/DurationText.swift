import WeirCore

/// A duration as people write it: a whole number and its unit, `90000ms`, `300s`, `5m`, `12h`, `7d`.
struct DurationText: Sendable, Hashable, CustomStringConvertible {
    /// Whole milliseconds, ≥ 0.
    var duration: Duration

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    init(_ duration: Duration) {
        self.duration = duration
    }

    /// - Parameter text: nil without a number, without a unit, or beyond ten thousand years.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits),
            let unit = Self.units.first(where: { $0.name == text[digits.endIndex...] })
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow, milliseconds <= 10_000 * 366 * 86_400_000 else { return nil }
        duration = .milliseconds(milliseconds)
    }

    /// In the largest unit that divides it.
    var description: String {
        let milliseconds = duration.inMilliseconds
        guard milliseconds > 0, let unit = Self.units.first(where: { milliseconds % $0.milliseconds == 0 }) else {
            return "\(milliseconds)ms"
        }
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}
