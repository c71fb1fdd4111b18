import ArgumentParser
import WeirLoad
import WeirNode

/// What a run has to reach.
struct ObjectiveOptions: ParsableArguments {
    @Option(
        name: .customLong("require-p99"),
        help: ArgumentHelp("Acknowledgement latency, p99 at most.", valueName: "time")
    )
    var p99: Seconds?

    @Option(
        name: .customLong("require-p999"),
        help: ArgumentHelp("Acknowledgement latency, p99.9 at most.", valueName: "time")
    )
    var p999: Seconds?

    @Option(
        name: .customLong("require-rate"),
        help: ArgumentHelp("Acknowledged events a second, at least.", valueName: "n")
    )
    var rate: Double?

    @Option(
        name: .customLong("require-window-p99"),
        help: ArgumentHelp("Window latency, p99 at most.", valueName: "time")
    )
    var windowP99: Seconds?

    @Option(
        name: .customLong("require-memory"),
        help: ArgumentHelp("Memory of the node's processes together, at most, such as 256MiB.", valueName: "size")
    )
    var memory: String?

    @Option(
        name: .customLong("require-errors"),
        help: ArgumentHelp("Requests that failed or had to be sent again, at most.", valueName: "n")
    )
    var errors: Int?

    func validate() throws {
        if let memory, Self.bytes(memory) == nil {
            throw ValidationError("--require-memory \(memory): a size such as 256MiB is needed")
        }
    }

    func judge(_ report: RunReport) -> [Objective] {
        var objectives: [Objective] = []
        let measured = report.latency.count > 0
        if let p99 {
            objectives.append(
                Objective(
                    "latency p99",
                    unit: "ms",
                    atMost: p99.value * 1000,
                    actual: measured ? report.latency.p99Ms : nil
                )
            )
        }
        if let p999 {
            objectives.append(
                Objective(
                    "latency p99.9",
                    unit: "ms",
                    atMost: p999.value * 1000,
                    actual: measured ? report.latency.p999Ms : nil
                )
            )
        }
        if let rate {
            objectives.append(
                Objective("acknowledged rate", unit: "events/s", atLeast: rate, actual: report.acknowledgedPerSecond)
            )
        }
        if let windowP99 {
            let windows = report.windowLatency.flatMap { $0.count > 0 ? $0.p99Ms : nil }
            // A window whose intent never came has no latency that could hold.
            let isWhole = report.windows.allSatisfy { $0.latencyMs != nil }
            objectives.append(
                Objective(
                    "window latency p99",
                    unit: "ms",
                    atMost: windowP99.value * 1000,
                    actual: isWhole ? windows : nil
                )
            )
        }
        if let limit = memory.flatMap(Self.bytes) {
            let used = report.processes.map(\.memoryMaxBytes).reduce(0, +)
            objectives.append(
                Objective(
                    "memory",
                    unit: "MB",
                    atMost: Double(limit) / 1e6,
                    actual: report.processes.isEmpty ? nil : Double(used) / 1e6
                )
            )
        }
        if let errors {
            let found = report.totals.retries + report.totals.failedBatches
            objectives.append(Objective("errors", unit: "requests", atMost: Double(errors), actual: Double(found)))
        }
        return objectives
    }

    private static let units: [(name: String, bytes: Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
    ]

    private static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), count < 1 << 40 else { return nil }
        let unit = text[digits.endIndex...]
        return unit.isEmpty ? count : units.first { $0.name == unit }.map { count * $0.bytes }
    }
}
