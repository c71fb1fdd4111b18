/// The text format that Prometheus scrapes (version 0.0.4).
public enum PrometheusText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Samples by metric in the order of ``NodeMetric``, then by labels.
    public static func encode(_ samples: [MetricSample]) -> [UInt8] {
        let byMetric = Dictionary(grouping: samples, by: \.metric)
        var text = ""
        for metric in NodeMetric.allCases {
            guard let samples = byMetric[metric] else { continue }
            text += "# HELP \(metric.rawValue) \(metric.help)\n# TYPE \(metric.rawValue) \(metric.kind.rawValue)\n"
            for sample in samples.sorted(by: { $0.labels.lexicographicallyPrecedes($1.labels) }) {
                let labels = zip(metric.labels, sample.labels).map { "\($0)=\"\(escaped($1))\"" }
                switch sample.value {
                case .number(let number): line(metric.rawValue, labels, number, &text)
                case .histogram(let histogram): write(histogram, metric.rawValue, labels, &text)
                }
            }
        }
        return Array(text.utf8)
    }

    private static func write(_ histogram: Histogram, _ name: String, _ labels: [String], _ text: inout String) {
        var below = 0
        for (bound, count) in zip(Histogram.bounds, histogram.counts) {
            below += count
            line(name + "_bucket", labels + ["le=\"\(number(bound))\""], Double(below), &text)
        }
        line(name + "_bucket", labels + ["le=\"+Inf\""], Double(histogram.count), &text)
        line(name + "_sum", labels, histogram.sum, &text)
        line(name + "_count", labels, Double(histogram.count), &text)
    }

    private static func line(_ name: String, _ labels: [String], _ value: Double, _ text: inout String) {
        text += labels.isEmpty ? name : "\(name){\(labels.joined(separator: ","))}"
        text += " \(number(value))\n"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return abs(value) < 1e15 && value == value.rounded() ? "\(Int(value))" : value.description
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
