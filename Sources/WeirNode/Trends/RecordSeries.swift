import Foundation
import WeirCore
import WeirWire

/// The series of metrics in the stored records of windows.
struct RecordSeries {
    private struct Key: Hashable {
        var group: String?
        var metric: Metric
    }

    private let query: TrendQuery
    private let metrics: [Metric]
    private var points: [Key: [TimeSeries.Point]] = [:]
    /// Windows in which a group was, and what it weighs in them, by group.
    private var presence: [String: (windows: Int, weight: Double)] = [:]
    private(set) var windows = 0

    init(_ query: TrendQuery) {
        self.query = query
        let known = Metric.metrics(of: query.dimension)
        metrics = query.metric.map { metric in known.filter { $0 == metric } } ?? known
    }

    /// Takes in the record of a window; false for what is none.
    mutating func add(_ record: [UInt8]) -> Bool {
        guard let json = try? JSONSerialization.jsonObject(with: Data(record)) as? [String: Any],
            let start = (json["window_start"] as? String).flatMap({ EventTime($0) })
        else { return false }
        windows += 1
        switch query.dimension {
        case nil:
            let hasEnded = (json["success_rate"] as? NSNumber) != nil
            let hasCompleted = (json["successful_generations"] as? NSNumber).map { $0.intValue > 0 } ?? false
            for metric in metrics where !metric.isMean || (metric == .successRate ? hasEnded : hasCompleted) {
                add(json[metric.rawValue], metric, group: nil, at: start)
            }
        case .errorCode:
            for (group, count) in json["failures_by_error_code"] as? [String: Any] ?? [:] where isWanted(group) {
                note(group, weight: count)
                add(count, .failures, group: group, at: start)
            }
        case .stage: add(json["stage_metrics"], count: "total_completed", at: start)
        case .model: add(json["model_metrics"], count: "total_generations", at: start)
        case .nodeType: add(json["node_type_metrics"], count: "total_generations", at: start)
        }
        return true
    }

    private mutating func add(_ groups: Any?, count: String, at start: EventTime) {
        for (group, figures) in groups as? [String: [String: Any]] ?? [:] where isWanted(group) {
            note(group, weight: figures[count])
            let hasData = (figures[count] as? NSNumber).map { $0.intValue > 0 } ?? false
            for metric in metrics where hasData || !metric.isMean {
                add(figures[metric.rawValue], metric, group: group, at: start)
            }
        }
    }

    private func isWanted(_ group: String) -> Bool { query.group == nil || query.group == group }

    private mutating func note(_ group: String, weight: Any?) {
        presence[group, default: (0, 0)].windows += 1
        presence[group]!.weight += (weight as? NSNumber)?.doubleValue ?? 0
    }

    private mutating func add(_ value: Any?, _ metric: Metric, group: String?, at start: EventTime) {
        guard let number = (value as? NSNumber)?.doubleValue else { return }
        points[Key(group: group, metric: metric), default: []].append(.init(time: start, value: number))
    }

    /// Trends of the groups with the most data, in order of their name, then metric.
    ///
    /// - Returns: also whether there are further groups.
    func trends(_ limits: TrendLimits) -> (trends: [Trend], isTruncated: Bool) {
        let ranked = presence.sorted { left, right in
            (right.value.windows, right.value.weight, left.key) < (left.value.windows, left.value.weight, right.key)
        }
        let groups: [String?] =
            query.dimension == nil ? [nil] : ranked.prefix(limits.groupsMax).map(\.key).sorted().map { $0 }
        let season = SeasonalAnomaly.Season(of: query.type)
        let trends = groups.flatMap { group in
            metrics.compactMap { metric -> Trend? in
                guard let points = points[Key(group: group, metric: metric)] else { return nil }
                return Trend(
                    of: metric,
                    by: query.dimension,
                    group: group,
                    TimeSeries(points),
                    season: season,
                    limits: limits
                )
            }
        }
        return (trends, ranked.count > limits.groupsMax)
    }
}
