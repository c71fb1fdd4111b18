import Histogram

/// Latencies in microseconds with three significant digits, up to an hour. High dynamic range histogram (G. Tene).
public struct LatencyHistogram: Sendable {
    private static let microsecondsMax: UInt64 = 3_600_000_000
    private var histogram = Histogram<UInt64>(
        highestTrackableValue: microsecondsMax,
        numberOfSignificantValueDigits: .three
    )
    /// What the histogram's classes would round.
    private var largest: UInt64 = 0

    public init() {}

    /// A negative latency counts as 0, one above an hour as an hour.
    @inline(__always)
    public mutating func record(nanoseconds: Int64) {
        let microseconds = min(Self.microsecondsMax, UInt64(max(0, nanoseconds)) / 1000)
        largest = max(largest, microseconds)
        histogram.record(microseconds)
    }

    public mutating func reset() {
        histogram.reset()
        largest = 0
    }

    public var count: Int { Int(histogram.totalCount) }

    /// - Parameter percent: 0…100.
    public func milliseconds(atPercentile percent: Double) -> Double {
        count == 0 ? 0 : Double(min(largest, histogram.valueAtPercentile(percent))) / 1000
    }

    public var summary: LatencySummary {
        LatencySummary(
            count: count,
            meanMs: count == 0 ? 0 : histogram.mean / 1000,
            p50Ms: milliseconds(atPercentile: 50),
            p90Ms: milliseconds(atPercentile: 90),
            p99Ms: milliseconds(atPercentile: 99),
            p999Ms: milliseconds(atPercentile: 99.9),
            maxMs: Double(largest) / 1000
        )
    }

    /// The percentile curve: finer towards 100 %, up to the last value.
    public var curve: [LatencySummary.Point] {
        var points: [LatencySummary.Point] = []
        for value in histogram.percentiles(ticksPerHalfDistance: 5) {
            points.append(
                LatencySummary.Point(percentile: value.percentile, ms: Double(min(largest, value.value)) / 1000)
            )
        }
        return points
    }
}
