#if canImport(Glibc)
    import Glibc
#endif

/// Samples of a distribution in fixed-point units, drawn before the run: a draw is a look-up, and no logarithm.
struct ValueTable: Sendable {
    /// A power of two.
    private static let size = 4096
    private let units: [Int32]

    /// Log-normal.
    ///
    /// - Parameters:
    ///   - median: in units.
    ///   - sigma: deviation of the logarithm.
    static func logNormal(median: Double, sigma: Double, max: Double, _ random: inout RandomStream) -> ValueTable {
        var values: [Double] = []
        for _ in 0..<size { values.append(min(max, median * exp(sigma * random.normal()))) }
        return ValueTable(values)
    }

    /// Scores up to 1 with most of them near the top: 1 less a log-normal distance.
    ///
    /// - Parameter scale: units of 1.
    static func score(distance: Double, sigma: Double, scale: Double, _ random: inout RandomStream) -> ValueTable {
        var values: [Double] = []
        for _ in 0..<size { values.append(scale * max(0, 1 - distance * exp(sigma * random.normal()))) }
        return ValueTable(values)
    }

    private init(_ values: [Double]) {
        units = values.map { Int32($0.rounded()) }
    }

    /// By twelve bits of a draw.
    @inline(__always)
    func value(_ bits: UInt64) -> Int { Int(units[Int(truncatingIfNeeded: bits) & (Self.size &- 1)]) }
}
