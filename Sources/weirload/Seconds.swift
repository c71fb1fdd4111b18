import ArgumentParser

/// A duration as an argument: `30s`, `500ms`, `250us`, `2m`, `1h`, or a plain number of seconds.
struct Seconds: ExpressibleByArgument, Sendable {
    let value: Double

    private static let units: [(name: String, seconds: Double)] = [
        ("ms", 1e-3), ("us", 1e-6), ("s", 1), ("m", 60), ("h", 3600),
    ]

    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        let unit = Self.units.first { argument.hasSuffix($0.name) }
        let digits = unit.map { argument.dropLast($0.name.count) } ?? Substring(argument)
        guard let number = Double(digits), number.isFinite, number >= 0 else { return nil }
        value = number * (unit?.seconds ?? 1)
    }

    var defaultValueDescription: String { value < 1 ? "\(value * 1000)ms" : "\(value)s" }

    var microseconds: Int64 { Int64((value * 1e6).rounded()) }
    var duration: Duration { .nanoseconds(Int64((value * 1e9).rounded())) }
}
