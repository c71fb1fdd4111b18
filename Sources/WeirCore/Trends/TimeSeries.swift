/// The values of a metric by the start of their windows, in ascending order, without gaps filled.
public struct TimeSeries: Sendable, Hashable {
    public struct Point: Sendable, Hashable {
        public var time: EventTime
        /// Finite.
        public var value: Double

        public init(time: EventTime, value: Double) {
            self.time = time
            self.value = value
        }
    }

    public private(set) var points: [Point] = []

    /// - Parameter points: in any order; of several at one time the last counts, values that are not finite do not.
    public init(_ points: some Sequence<Point> = []) {
        var latest: [EventTime: Double] = [:]
        for point in points where point.value.isFinite { latest[point.time] = point.value }
        self.points = latest.sorted { $0.key < $1.key }.map { Point(time: $0.key, value: $0.value) }
    }

    public var count: Int { points.count }
    public var values: [Double] { points.map(\.value) }

    /// The newest points.
    public func suffix(_ count: Int) -> TimeSeries {
        var series = TimeSeries()
        series.points = Array(points.suffix(count))
        return series
    }
}
