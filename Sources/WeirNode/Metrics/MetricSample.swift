/// A value of a metric at one moment.
public struct MetricSample: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case number(Double)
        case histogram(Histogram)
    }

    public var metric: NodeMetric
    /// In the order of ``NodeMetric/labels``.
    public var labels: [String]
    public var value: Value

    public init(_ metric: NodeMetric, _ labels: [String] = [], _ number: Double) {
        self.init(metric, labels, .number(number))
    }

    public init(_ metric: NodeMetric, _ labels: [String] = [], _ count: Int) {
        self.init(metric, labels, .number(Double(count)))
    }

    public init(_ metric: NodeMetric, _ labels: [String], _ value: Value) {
        precondition(labels.count == metric.labels.count, "a metric has a value for each of its labels")
        self.metric = metric
        self.labels = labels
        self.value = value
    }
}

/// Counts of durations by upper bound.
public struct Histogram: Sendable, Equatable {
    /// Seconds, ascending: from what a sync takes to what a stuck disk takes.
    public static let bounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600,
    ]

    /// By bound; the last counts what is above all.
    public private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    public private(set) var sum = 0.0
    public var count: Int { counts.reduce(0, +) }

    public init() {}

    public mutating func observe(_ seconds: Double) {
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
    }
}
