import ArgumentParser
import Foundation
import WeirCore
import WeirLoad
import WeirNode

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Send generated load to a running cluster, and measure it.",
        discussion: """
            Open loop: every event has its time in a schedule that does not slow down when the cluster does, and its latency counts from \
            that time to its acknowledgement, also when it had to wait here. Events carry their scheduled time, so that windows close as \
            the run goes; window latency counts from the scheduled time of the event that lets a window close to its intent.

            Afterwards the windows are closed (flush) and compared with what was sent: --verify exact goes through all events again and \
            compares whole records bit for bit (about a second for a million events), counts compares counts and exact sums of the \
            streaming windows, none nothing. On a cluster that had events before, only streaming windows are compared. Other producers \
            meanwhile are differences.

            When weirload itself is what limits the run (late by itself, generator busy, all places in flight taken) it says so.

            Exit codes: 0 done, 1 the run could not take place, 2 an objective (--require-…) is missed, 3 the windows differ from what was \
            sent or it can't be told, 64 wrong usage.

            Examples:
              weirload run --rate 50000 --duration 30s --require-p99 50ms --require-errors 0
              weirload run --profile ramp --rate 10000 --peak 500000 --duration 2m --report ramp.html
              weirload run --profile burst --rate 5000 --peak 200000 --burst-every 10s --burst-length 500ms --duration 1m
              weirload run --rate 2500000 --events 10000000 --batch 1000 --pregenerate --json -
              weirload run --ingest http://127.0.0.1:8063 --rate 20000 --duplicates 0.01 --late 0.005 --malformed 0.002
              weirload run --ingest https://i1.example.org:8063 --tls-ca ca.pem --token-file producer --rate 20000
            """
    )

    @OptionGroup(title: "Load") var profile: ProfileOptions
    @OptionGroup(title: "Cluster") var target: TargetOptions
    @OptionGroup(title: "Stream") var stream: StreamOptions
    @OptionGroup(title: "Objectives") var objectives: ObjectiveOptions

    @Option(help: "What is compared afterwards: exact, counts or none.")
    var verify = Verification.Mode.exact

    @Option(help: ArgumentHelp("Write all figures as JSON: to a file, or - for standard output.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write a page with charts, whole in one file.", valueName: "file"))
    var report: String?

    @Flag(help: "No live view.")
    var quiet = false

    func validate() throws {
        _ = try stream.settings()
        if profile.schedule().events == 0 {
            throw ValidationError("the schedule has no event: a higher --rate or --duration is needed")
        }
        if verify != .none, stream.late > 0, stream.lateBy.value > 240 {
            throw ValidationError(
                "--late-by above 240s: such events may be refused as too late; use --verify none, or a lower one"
            )
        }
    }

    func run() async throws {
        let report: RunReport
        do {
            report = try await measure()
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(1)
        }
        do throws(OutputFailure) {
            try ReportOutput.write(report, json: json, page: self.report)
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(1)
        }
        let isShown = json != "-"
        if isShown { for line in ReportText.lines(report) { print(line) } }
        switch report.verification.outcome {
        case .wrong, .unknown: throw ExitCode(3)
        case .correct, .notAsked: if !report.hasHeld { throw ExitCode(2) }
        }
    }

    private func measure() async throws -> RunReport {
        let access = try target.access()
        let schedule = profile.schedule()
        let run = LoadRun(
            plan: LoadPlan(
                generator: try stream.settings(),
                schedule: schedule,
                batchSize: target.batch,
                batchWait: target.batchWait.duration,
                lanes: target.connections
            ),
            options: target.options(),
            access: access
        )
        let cluster = Cluster(url: target.control, security: access.security)
        let verifier = Verifier(mode: verify, cluster: cluster, contract: access.contract)
        let baseline = verify == .none ? nil : try await verifier.baseline()
        let view = LiveView(
            title: "weirload: \(profile.rateProfile.description) to \(run.options.urls.joined(separator: ", "))",
            seconds: schedule.seconds,
            isQuiet: quiet
        )
        defer { view.clear() }
        let outcome = try await run.run { view.show($0, $1) }
        var verification = Verification(mode: verify, outcome: .notAsked)
        if let baseline {
            view.say("comparing the windows with what was sent …")
            verification = await verifier.verify(outcome, of: run.plan, since: baseline)
        }
        var report = RunReport(outcome, of: run, profile: profile.rateProfile, verification: verification)
        report.objectives = objectives.judge(report)
        return report
    }
}

extension Verification.Mode: ExpressibleByArgument {}
