import ArgumentParser
import Foundation
import WeirNode

/// Where events are sent again, and how fast.
struct ReplayOptions: ParsableArguments {
    @Option(help: ArgumentHelp("URL of an ingest of the cluster; together with --to.", valueName: "url"))
    var ingest: String?

    @Option(
        help: ArgumentHelp("Control URL of its coordinator, which says what became of the events.", valueName: "url")
    )
    var to: String?

    @Option(help: ArgumentHelp("Events a second, 1…10000000; as fast as they are taken unless given.", valueName: "n"))
    var rate: Int?

    @Option(name: .customLong("batch-bytes"), help: "Bytes of a request, 1…67108864; a longer line travels alone.")
    var batchBytes = 256 << 10

    @Option(
        name: .customLong("give-up-after"),
        help: "Seconds after which a request that is not acknowledged ends the replay."
    )
    var giveUpAfter = 300.0

    @Option(
        help: ArgumentHelp(
            "Keep the position in this file, and go on from it when it is there.",
            valueName: "file"
        )
    )
    var state: String?

    @Flag(
        name: .customLong("allow-late"),
        help: "Send also events that the cluster says are too late: it puts them in quarantine, or knows them."
    )
    var allowsLate = false

    @Flag(name: .customLong("dry-run"), help: "Only read and count.")
    var isDryRun = false

    @Option(
        help: ArgumentHelp("Write the events to a file, or - for standard output, and send none.", valueName: "file")
    )
    var output: String?

    @Flag(help: "Print the totals as JSON.")
    var json = false

    @OptionGroup(title: "Security") var security: SecurityOptions

    func validate() throws {
        guard (ingest == nil) == (to == nil) else {
            throw ValidationError("--ingest and --to are of one cluster: give both, or none for the node on this host")
        }
        if let rate, !(1...10_000_000).contains(rate) {
            throw ValidationError("--rate \(rate): a number in 1…10000000 is needed")
        }
        guard (1...64 << 20).contains(batchBytes) else {
            throw ValidationError("--batch-bytes \(batchBytes): a number in 1…67108864 is needed")
        }
        guard giveUpAfter > 0, giveUpAfter <= 1e6 else {
            throw ValidationError(
                "--give-up-after \(giveUpAfter): a number of seconds above 0 and up to 1000000 is needed"
            )
        }
        guard !isDryRun || output == nil else { throw ValidationError("--dry-run writes nothing: leave --output out") }
        guard state == nil || !isDryRun && output == nil else {
            throw ValidationError("--state keeps the position of what was sent: not with --dry-run or --output")
        }
    }

    /// Says what is going to be read; not to programs.
    func tell(_ lines: [String]) {
        guard !json || isatty(STDERR_FILENO) == 1 else { return }
        for line in lines { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
    }

    /// Sends, writes or counts what a reader gives, and tells of it. Ends the program with 2 when there is something to look at.
    func run(_ reader: some ReplayReader) async throws {
        var reader = reader
        let began = ContinuousClock.now
        let bar = ProgressBar(label: isDryRun ? "reading" : output == nil ? "sending" : "writing")
        let totals: ReplayTotals
        do {
            let (destination, close) = try destination()
            defer { close() }
            var run = ReplayRun(
                to: destination,
                rate: rate,
                batchBytes: batchBytes,
                stateFile: state,
                allowsLate: allowsLate
            )
            let size = reader.size
            totals = try await run.run(&reader) { totals in
                bar.show(done: totals.bytesRead, of: size, detail: "\(totals.sent) of \(totals.read) events sent")
            }
        } catch {
            bar.clear()
            throw Failure(error)
        }
        bar.clear()
        let report = ReplayReport(
            totals: totals,
            seconds: (ContinuousClock.now - began) / .seconds(1),
            isSent: output == nil && !isDryRun
        )
        report.show(asJSON: json, to: output == "-" ? STDERR_FILENO : STDOUT_FILENO)
        if totals.lossCount > 0 || totals.quarantined > 0 || totals.cluster?.quarantined ?? 0 > 0 { throw ExitCode(2) }
    }

    private func destination() throws -> (ReplayDestination, close: () -> Void) {
        if isDryRun { return (.nowhere, {}) }
        guard let output else {
            let cluster = try ReplayCluster(
                ingest: ingest ?? Send.standardIngest,
                coordinator: to ?? Coordinator.standardURL,
                discovery: security.discovery(),
                giveUpAfter: .milliseconds(Int64(giveUpAfter * 1000)),
                security: try security.security()
            )
            return (.cluster(cluster), { cluster.close() })
        }
        if output == "-" { return (.lines(descriptor: STDOUT_FILENO), {}) }
        let descriptor = open(output, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw OutputError(path: output, code: errno) }
        return (.lines(descriptor: descriptor), { close(descriptor) })
    }
}
