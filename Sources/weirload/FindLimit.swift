import ArgumentParser
import Foundation
import WeirCore
import WeirLoad
import WeirNode

struct FindLimit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find-limit",
        abstract: "Search the highest rate that holds a latency objective.",
        discussion: """
            Runs of constant rate: the rate doubles until one does not hold, then the gap is halved until it is small. A rate holds when \
            the p99 of the latency from the schedule is within the objective, nothing was given up, and 98 % of the schedule was kept. \
            Before each run the cluster settles: everything acknowledged is counted, and --settle more. A rate that misses is tried again, \
            --attempts times in all.

            When a run misses because weirload itself is at its limit, it says so: the figure is then a lower bound.

            Exit codes: 0 a rate holds, 1 the search could not take place, 2 no rate holds, 64 wrong usage.

            Examples:
              weirload find-limit --p99 50ms
              weirload find-limit --p99 20ms --from 100000 --step-duration 20s --batch 1000 --json limit.json
              weirload find-limit --p99 100ms --window-p99 50ms --from 50000 --precision 2
            """
    )

    @Option(help: ArgumentHelp("Acknowledgement latency, p99 at most.", valueName: "time"))
    var p99 = Seconds(0.05)

    @Option(name: .customLong("window-p99"), help: ArgumentHelp("Window latency, p99 at most.", valueName: "time"))
    var windowP99: Seconds?

    @Option(help: ArgumentHelp("First rate, events a second.", valueName: "n"))
    var from = 10_000.0

    @Option(help: ArgumentHelp("Highest rate that is tried.", valueName: "n"))
    var max = 20_000_000.0

    @Option(
        help: ArgumentHelp("Gap between what holds and what does not at the end, in percent.", valueName: "percent")
    )
    var precision = 5.0

    @Option(
        name: .customLong("step-duration"),
        help: ArgumentHelp("Length of a run, its warm-up included.", valueName: "time")
    )
    var stepDuration = Seconds(12)

    @Option(help: ArgumentHelp("Pause before a run, once the cluster has counted everything.", valueName: "time"))
    var settle = Seconds(2)

    @Option(help: "Runs at a rate before it counts as missed, 1…10.")
    var attempts = 2

    @OptionGroup(title: "Cluster") var target: TargetOptions
    @OptionGroup(title: "Stream") var stream: StreamOptions

    @Option(help: ArgumentHelp("Write all steps as JSON: to a file, or - for standard output.", valueName: "file"))
    var json: String?

    func validate() throws {
        _ = try stream.settings()
        try TargetOptions.check("--from", from, 1...1e9)
        guard max >= from else { throw ValidationError("--max \(max): at least --from is needed") }
        try TargetOptions.check("--precision", precision, 0.1...100)
        try TargetOptions.check("--attempts", attempts, 1...10)
        guard stepDuration.value > target.warmUp.value + 0.5 else {
            throw ValidationError("--step-duration: more than half a second beyond --warm-up is needed")
        }
    }

    /// A run at one rate.
    private struct Step: Encodable {
        var rate: Double
        var acknowledgedPerSecond: Double
        var p99Ms: Double
        var windowP99Ms: Double?
        var errors: Int
        var held: Bool
        var warnings: [String]
    }

    private struct Result: Encodable {
        var limit: Double?
        var p99ObjectiveMs: Double
        var steps: [Step]
    }

    func run() async throws {
        var steps: [Step] = []
        var search = LimitSearch(from: from, in: 1...max, precision: precision / 100)
        do {
            while let rate = search.next {
                var held = false
                for _ in 0..<attempts where !held {
                    try await settled()
                    let step = try await measure(rate)
                    steps.append(step)
                    say(step)
                    held = step.held
                }
                search.tried(rate, held: held)
            }
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(1)
        }
        try finish(search.highestHeld, steps)
    }

    private func measure(_ rate: Double) async throws -> Step {
        let schedule = LoadSchedule(.constant(rate), seconds: stepDuration.value)
        var options = target.options()
        if windowP99 == nil { options.intentsURL = nil }
        let run = LoadRun(
            plan: LoadPlan(
                generator: try stream.settings(),
                schedule: schedule,
                batchSize: target.batch,
                batchWait: target.batchWait.duration,
                lanes: target.connections
            ),
            options: options,
            access: try target.access()
        )
        let view = LiveView(
            title: "weirload: \(Figure.short(rate)) events/s",
            seconds: schedule.seconds,
            isQuiet: json == "-"
        )
        defer { view.clear() }
        let outcome = try await run.run { view.show($0, $1) }
        guard !outcome.wasInterrupted else { throw RunFailure.interrupted }
        let report = RunReport(
            outcome,
            of: run,
            profile: .constant(rate),
            verification: Verification(mode: .none, outcome: .notAsked)
        )
        let window = report.windowLatency.flatMap { $0.count > 0 ? $0.p99Ms : nil }
        let isWindowHeld = windowP99.map { limit in window.map { $0 <= limit.value * 1000 } ?? false } ?? true
        return Step(
            rate: rate,
            acknowledgedPerSecond: report.acknowledgedPerSecond,
            p99Ms: report.latency.p99Ms,
            windowP99Ms: window,
            errors: report.totals.retries + report.totals.failedBatches,
            held: report.latency.p99Ms <= p99.value * 1000 && isWindowHeld && report.totals.failedBatches == 0
                && report.acknowledgedPerSecond >= Self.shareKept * report.offeredPerSecond,
            warnings: report.harness.warnings
        )
    }

    /// Part of the schedule that must be kept.
    private static let shareKept = 0.98
    private static let settlingMax = Duration.seconds(60)

    /// Waits until everything acknowledged is counted, for a while, and then as long as asked.
    private func settled() async throws {
        let cluster = Cluster(url: target.control, security: try target.access().security)
        let end = ContinuousClock.now + Self.settlingMax
        while ContinuousClock.now < end, try await !cluster.status().isSettled {
            try await Task.sleep(for: .milliseconds(100))
        }
        try await Task.sleep(for: settle.duration)
    }

    // MARK: - Output

    private func say(_ step: Step) {
        guard json != "-" else { return }
        let window = step.windowP99Ms.map { ", windows p99 \(Figure.milliseconds($0))" } ?? ""
        print(
            "\(step.held ? "holds " : "misses") \(Figure.short(step.rate)) events/s: acknowledged \(Figure.short(step.acknowledgedPerSecond))/s, "
                + "p99 \(Figure.milliseconds(step.p99Ms))\(window)\(step.errors > 0 ? ", \(step.errors) errors" : "")"
        )
        for warning in step.warnings where !step.held { print("       \(warning)") }
        fflush(nil)  // Whoever reads a pipe sees each step when it is done.
    }

    private func finish(_ limit: Double?, _ steps: [Step]) throws {
        if let json {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            let result = Result(limit: limit, p99ObjectiveMs: p99.value * 1000, steps: steps)
            let data = try encoder.encode(result) + Data("\n".utf8)
            do throws(OutputFailure) {
                try ReportOutput.write(data, to: json)
            } catch {
                FileHandle.standardError.write(Data("error: \(error)\n".utf8))
                throw ExitCode(1)
            }
        }
        guard let limit else {
            if json != "-" { print("no rate holds, down to \(Figure.short(steps.last?.rate ?? from)) events/s") }
            throw ExitCode(2)
        }
        if json != "-" {
            print("limit: \(Figure.short(limit)) events/s with p99 within \(Figure.milliseconds(p99.value * 1000))")
        }
    }
}
