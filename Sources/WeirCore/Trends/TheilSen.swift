/// A robust straight line through a series, with a confidence interval of its slope.
///
/// The slope is the median of the slopes between all pairs of points (H. Theil 1950; P. K. Sen, "Estimates of the Regression
/// Coefficient Based on Kendall's Tau", JASA 63, 1968): up to 29 % of the points may be anything. The interval is Sen's, in the form
/// of R. O. Gilbert, "Statistical Methods for Environmental Pollution Monitoring" (1987), section 16.4: from the variance of the
/// Mann–Kendall statistic S, with his correction for ties. It supposes that the points are independent of each other.
public struct TheilSen: Sendable, Hashable {
    public enum Direction: String, Sendable, CaseIterable {
        /// The whole interval is above 0.
        case rising
        /// The whole interval is below 0.
        case falling
        /// 0 is within the interval: no trend can be told from chance.
        case steady
    }

    /// Change of the value each day.
    public var slopePerDay: Double
    public var lowerPerDay: Double
    public var upperPerDay: Double
    /// The median of value − slope · time, at the first point.
    public var intercept: Double

    public var direction: Direction {
        if lowerPerDay > 0 { .rising } else if upperPerDay < 0 { .falling } else { .steady }
    }

    /// Nil with fewer points than `limits` asks for. O(n²) time and memory for n points, which `limits` bounds.
    public init?(_ series: TimeSeries, limits: TrendLimits = TrendLimits()) {
        let points = series.suffix(limits.pointsMax).points
        let count = points.count
        guard count >= max(3, limits.slopePointsMin) else { return nil }
        let origin = points[0].time.microseconds
        let days = points.map { Double($0.time.microseconds - origin) / 86_400_000_000 }
        var slopes: [Double] = []
        slopes.reserveCapacity(count * (count - 1) / 2)
        for later in 1..<count {
            for earlier in 0..<later {
                slopes.append((points[later].value - points[earlier].value) / (days[later] - days[earlier]))
            }
        }
        let pairs = slopes.count
        var statistics = OrderStatistics(slopes)
        guard let slope = statistics.median(), slope.isFinite else { return nil }
        slopePerDay = slope

        let width =
            NormalQuantile.upper(1 - (1 - limits.confidence) / 2) * Self.variance(points.map(\.value)).squareRoot()
        // Gilbert: the M1-th and (M2 + 1)-th smallest; fractions outwards, so that the interval is never too narrow.
        let lowerRank = Int(((Double(pairs) - width) / 2).rounded(.down))
        let upperRank = Int(((Double(pairs) + width) / 2).rounded(.up)) + 1
        lowerPerDay = statistics.value(atRank: min(max(1, lowerRank), pairs))
        upperPerDay = statistics.value(atRank: max(1, min(upperRank, pairs)))
        intercept = OrderStatistics.median(of: zip(points, days).map { $0.value - slope * $1 }) ?? 0
    }

    /// Variance of the Mann–Kendall statistic: [n(n−1)(2n+5) − Σ t(t−1)(2t+5)] / 18, over groups of t equal values.
    static func variance(_ values: [Double]) -> Double {
        func term(_ n: Int) -> Double { Double(n) * Double(n - 1) * Double(2 * n + 5) }
        var ties = 0.0
        var run = 0
        let sorted = values.sorted()
        for index in sorted.indices {
            run = index > 0 && sorted[index] == sorted[index - 1] ? run + 1 : 1
            let isLast = index + 1 == sorted.count || sorted[index + 1] != sorted[index]
            if isLast, run > 1 { ties += term(run) }
        }
        return max(0, term(values.count) - ties) / 18
    }
}

/// Quantiles of the standard normal distribution.
enum NormalQuantile {
    /// The quantile of a probability in (0.5, 1). Absolute error below 4.5e-4: M. Abramowitz, I. A. Stegun, "Handbook of Mathematical
    /// Functions" (1964), formula 26.2.23.
    static func upper(_ probability: Double) -> Double {
        precondition(probability > 0.5 && probability < 1, "an upper quantile")
        // √(−2 ln q); the core has no Foundation, hence a logarithm of its own.
        let root = (-2 * NaturalLogarithm.of(1 - probability)).squareRoot()
        let numerator = 2.515517 + root * (0.802853 + root * 0.010328)
        let denominator = 1 + root * (1.432788 + root * (0.189269 + root * 0.001308))
        return root - numerator / denominator
    }
}
