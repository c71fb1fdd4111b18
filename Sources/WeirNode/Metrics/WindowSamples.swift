import Foundation
import WeirCore

/// The newest record of a window type as samples.
enum WindowSamples {
    /// Empty for text that is no record.
    static func samples(_ json: [UInt8], type: WindowType) -> [MetricSample] {
        guard let record = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any],
            let start = (record["window_start"] as? String).flatMap({ EventTime($0) })
        else { return [] }
        let name = type.name
        var samples = [MetricSample(.windowStart, [name], Double(start.microseconds) / 1e6)]
        func add(_ metric: NodeMetric, _ labels: [String], _ value: Any?) {
            if let number = value as? Double { samples.append(MetricSample(metric, [name] + labels, number)) }
        }
        add(.windowGenerations, ["started"], record["total_generations"])
        add(.windowGenerations, ["completed"], record["successful_generations"])
        add(.windowGenerations, ["failed"], record["failed_generations"])
        add(.windowSuccess, [], record["success_rate"])
        add(.windowTokens, [], record["total_tokens"])
        add(.windowCost, [], record["total_cost_usd"])
        // Without a completed generation the means are 0 by definition, and say nothing.
        if (record["successful_generations"] as? Int ?? 0) > 0 {
            add(.windowQuality, [], record["avg_quality_score"])
            for statistic in ["avg", "p50", "p95", "p99", "max"] {
                add(.windowDuration, [statistic], record["\(statistic)_duration_seconds"])
            }
        }
        for (model, values) in largest(record["model_metrics"], by: "total_generations") {
            add(.modelGenerations, [model], values["total_generations"])
            add(.modelQuality, [model], values["avg_quality_score"])
            add(.modelDuration, [model], values["avg_duration_seconds"])
            add(.modelCost, [model], values["total_cost_usd"])
        }
        for (stage, values) in largest(record["stage_metrics"], by: "total_completed") {
            for statistic in ["avg", "p95"] {
                add(.stageDuration, [stage, statistic], values["\(statistic)_duration_seconds"])
            }
            add(.stageFailures, [stage], values["total_failed"])
        }
        for (nodeType, values) in largest(record["node_type_metrics"], by: "total_generations") {
            add(.nodeTypeGenerations, [nodeType], values["total_generations"])
        }
        // The numbers stay as they were read: an Int would be no Double.
        let codes = (record["failures_by_error_code"] as? [String: Any] ?? [:]).mapValues { ["failures": $0] }
        for (code, values) in largest(codes, by: "failures") { add(.errorCodes, [code], values["failures"]) }
        return samples
    }

    /// The largest groups, as many as a metric may have.
    private static func largest(_ groups: Any?, by member: String) -> ArraySlice<(key: String, value: [String: Any])> {
        func size(_ group: [String: Any]) -> Double { group[member] as? Double ?? 0 }
        return (groups as? [String: [String: Any]] ?? [:])
            .sorted { (size($0.value), $1.key) > (size($1.value), $0.key) }.prefix(NodeMetric.groupsMax)
    }
}
