/// Two reports side by side.
public struct RunComparison: Sendable {
    /// A figure of both.
    public struct Row: Sendable, Equatable {
        public enum Direction: Sendable, Equatable {
            case lowerIsBetter
            case higherIsBetter
            /// Shown, and never a regression.
            case neither
        }

        public var name: String
        public var unit: String
        public var before: Double
        public var after: Double
        public var direction: Direction
        /// Worse by more than the threshold.
        public var isRegression: Bool

        /// After by before; nil when there is nothing to divide by.
        public var ratio: Double? { before > 0 ? after / before : nil }
    }

    public private(set) var rows: [Row] = []
    /// Why the two are no fair comparison.
    public private(set) var notes: [String] = []
    private let threshold: Double
    private let noiseMs: Double

    public var hasRegressions: Bool { rows.contains { $0.isRegression } }

    /// - Parameters:
    ///   - threshold: how much worse a figure may be, as a share: 0.1 for a tenth.
    ///   - noiseMs: latencies that differ by less are equal. Milliseconds.
    public init(_ before: RunReport, _ after: RunReport, threshold: Double, noiseMs: Double) {
        self.threshold = threshold
        self.noiseMs = noiseMs
        add("acknowledged", "events/s", before.acknowledgedPerSecond, after.acknowledgedPerSecond, .higherIsBetter)
        addLatency("latency", before.latency, after.latency)
        if let left = before.windowLatency, let right = after.windowLatency, left.count > 0, right.count > 0 {
            add("window latency p50", "ms", left.p50Ms, right.p50Ms, .lowerIsBetter)
            add("window latency p99", "ms", left.p99Ms, right.p99Ms, .lowerIsBetter)
        }
        add("errors", "requests", Self.errors(before), Self.errors(after), .lowerIsBetter)
        if !before.processes.isEmpty, !after.processes.isEmpty {
            add("node CPU", "µs/event", Self.cpuPerEvent(before), Self.cpuPerEvent(after), .lowerIsBetter)
            add("node memory", "MB", Self.memory(before), Self.memory(after), .lowerIsBetter)
        }
        addVerification(before, after)
        addNotes(before, after)
    }

    private mutating func addLatency(_ name: String, _ before: LatencySummary, _ after: LatencySummary) {
        add("\(name) p50", "ms", before.p50Ms, after.p50Ms, .lowerIsBetter)
        add("\(name) p99", "ms", before.p99Ms, after.p99Ms, .lowerIsBetter)
        add("\(name) p99.9", "ms", before.p999Ms, after.p999Ms, .lowerIsBetter)
        // One event decides it.
        add("\(name) max", "ms", before.maxMs, after.maxMs, .neither)
    }

    private mutating func add(
        _ name: String,
        _ unit: String,
        _ before: Double,
        _ after: Double,
        _ direction: Row.Direction
    ) {
        let isWorse =
            switch direction {
            case .lowerIsBetter: after > before * (1 + threshold) && (unit != "ms" || after - before > noiseMs)
            case .higherIsBetter: after < before * (1 - threshold)
            case .neither: false
            }
        rows.append(
            Row(name: name, unit: unit, before: before, after: after, direction: direction, isRegression: isWorse)
        )
    }

    /// Windows that were right and are wrong are a regression of any size.
    private mutating func addVerification(_ before: RunReport, _ after: RunReport) {
        guard before.verification.mode != .none, after.verification.mode != .none else { return }
        let left = before.verification.differenceCount
        let right = after.verification.differenceCount
        rows.append(
            Row(
                name: "wrong windows",
                unit: "differences",
                before: Double(left),
                after: Double(right),
                direction: .lowerIsBetter,
                isRegression: right > left
            )
        )
    }

    private mutating func addNotes(_ before: RunReport, _ after: RunReport) {
        func compare<Value: Equatable>(_ name: String, _ path: KeyPath<RunReport, Value>) {
            guard before[keyPath: path] != after[keyPath: path] else { return }
            notes.append("\(name) is not the same: \(before[keyPath: path]) and \(after[keyPath: path])")
        }
        compare("the profile", \.profile)
        compare("the transport", \.transport)
        compare("the length", \.scheduledSeconds)
        compare("the number of connections", \.settings.connections)
        compare("the number of requests in flight", \.settings.inFlight)
        compare("the size of batches", \.settings.batchEvents)
        for (name, report) in [("the first", before), ("the second", after)] where !report.harness.warnings.isEmpty {
            notes.append("\(name) run has warnings: \(report.harness.warnings.joined(separator: " "))")
        }
    }

    private static func errors(_ report: RunReport) -> Double {
        Double(report.totals.retries + report.totals.failedBatches)
    }

    private static func memory(_ report: RunReport) -> Double {
        Double(report.processes.map(\.memoryMaxBytes).reduce(0, +)) / 1e6
    }

    private static func cpuPerEvent(_ report: RunReport) -> Double {
        let seconds = report.processes.map(\.cpuSeconds).reduce(0, +)
        return seconds / Double(max(1, report.totals.measuredEvents)) * 1e6
    }
}
