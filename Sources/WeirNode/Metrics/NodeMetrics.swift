import Synchronization

/// What a process counts as it goes. A call takes a lock and a look-up, some 100 ns: count per batch, commit or sync, not per event.
public final class NodeMetrics: Sendable {
    private struct Key: Hashable {
        var metric: NodeMetric
        var labels: [String]
    }

    private struct State {
        var counts: [Key: Int] = [:]
        var histograms: [Key: Histogram] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    public func add(_ metric: NodeMetric, _ labels: [String] = [], _ count: Int = 1) {
        state.withLock { $0.counts[Key(metric: metric, labels: labels), default: 0] += count }
    }

    public func observe(_ metric: NodeMetric, _ labels: [String] = [], _ duration: Duration) {
        observe(metric, labels, seconds: duration / .seconds(1))
    }

    public func observe(_ metric: NodeMetric, _ labels: [String] = [], seconds: Double) {
        state.withLock { $0.histograms[Key(metric: metric, labels: labels), default: Histogram()].observe(seconds) }
    }

    public var samples: [MetricSample] {
        state.withLock { state in
            state.counts.map { MetricSample($0.key.metric, $0.key.labels, $0.value) }
                + state.histograms.map { MetricSample($0.key.metric, $0.key.labels, .histogram($0.value)) }
        }
    }
}
