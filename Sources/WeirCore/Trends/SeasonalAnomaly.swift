/// How unusual a value is for its time of day or week: a robust z-score against the values of the same season on past days.
///
/// Median and MAD instead of mean and deviation, so that past anomalies do not hide the next (B. Iglewicz, D. C. Hoaglin, "How to
/// Detect and Handle Outliers", ASQC 1993: |0.6745 (x − median) / MAD| > 3.5).
public struct SeasonalAnomaly: Sendable, Hashable {
    /// Which past values are comparable.
    public enum Season: String, Sendable, CaseIterable {
        /// The same hour of the day (UTC), on past days.
        case hourOfDay = "hour_of_day"
        /// The same day of the week, in past weeks.
        case dayOfWeek = "day_of_week"
        /// All.
        case none

        /// The season that windows of a type have.
        public init(of type: WindowType) {
            switch type {
            case .streaming, .hourly: self = .hourOfDay
            case .daily: self = .dayOfWeek
            case .weekly, .monthly: self = .none
            }
        }
    }

    public var time: EventTime
    public var value: Double
    /// Of the comparable past values.
    public var median: Double
    /// 1.4826 · MAD, which is σ of a normal distribution; at least a hundredth of the median, as smaller differences are no news.
    public var spread: Double
    /// Comparable past values.
    public var count: Int
    public var isAnomalous: Bool

    /// Distances from the median in units of ``spread``; nil when nothing ever varied and the median is 0.
    public var score: Double? { spread > 0 ? (value - median) / spread : nil }

    /// The scores of a series' points, in order; those with too few comparable past values are left out. O(n · comparable).
    ///
    /// - Parameter last: only of so many newest points.
    public static func scores(
        in series: TimeSeries,
        season: Season,
        last: Int = .max,
        limits: TrendLimits = TrendLimits()
    ) -> [SeasonalAnomaly] {
        let points = series.points
        var seasons: [Int64: [TimeSeries.Point]] = [:]
        var scores: [SeasonalAnomaly] = []
        for (index, point) in points.enumerated() {
            let phase = season.phase(of: point.time)
            if points.count - index <= last {
                let comparable = seasons[phase, default: []].filter { season.isPast($0.time, of: point.time, limits) }
                if let score = SeasonalAnomaly(point, among: comparable.map(\.value), limits) { scores.append(score) }
            }
            seasons[phase, default: []].append(point)
        }
        return scores
    }

    init?(_ point: TimeSeries.Point, among past: [Double], _ limits: TrendLimits) {
        guard past.count >= limits.seasonMin, let median = OrderStatistics.median(of: past),
            let deviation = OrderStatistics.median(of: past.map { ($0 - median).magnitude })
        else { return nil }
        time = point.time
        value = point.value
        self.median = median
        spread = max(1.4826 * deviation, median.magnitude / 100)
        count = past.count
        let distance = (point.value - median).magnitude
        isAnomalous = spread > 0 ? distance > limits.scoreMax * spread : distance > 0
    }
}

extension SeasonalAnomaly.Season {
    private static let hour: Int64 = 3_600_000_000
    private static let day = 24 * hour

    /// Equal for times of the same season.
    func phase(of time: EventTime) -> Int64 {
        switch self {
        case .hourOfDay: Self.floorModulo(Self.floorQuotient(time.microseconds, Self.hour), 24)
        case .dayOfWeek: Self.floorModulo(Self.floorQuotient(time.microseconds, Self.day), 7)
        case .none: 0
        }
    }

    /// Whether an earlier time is on a past day (of any season: earlier), and not too long ago.
    func isPast(_ earlier: EventTime, of time: EventTime, _ limits: TrendLimits) -> Bool {
        switch self {
        case .hourOfDay:
            let days =
                Self.floorQuotient(time.microseconds, Self.day) - Self.floorQuotient(earlier.microseconds, Self.day)
            return days >= 1 && days <= Int64(limits.seasonDays)
        case .dayOfWeek:
            return time.microseconds - earlier.microseconds <= 7 * Int64(limits.seasonDays) * Self.day
        case .none:
            return true
        }
    }

    private static func floorQuotient(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }

    private static func floorModulo(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
