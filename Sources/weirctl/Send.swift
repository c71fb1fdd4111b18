import ArgumentParser
import Foundation
import WeirCore
import WeirNode

struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a file of events, and wait until all of it is acknowledged.",
        discussion: """
            NDJSON goes to an ingest in batches, several in flight. A batch that is not acknowledged is sent again; events that arrive twice \
            are counted once. A line that is not a valid event goes to quarantine there, and is counted as accepted.

            Exit codes: 0 everything is acknowledged, 1 not everything, 2 everything, with lines in quarantine and --strict.

            Examples:
              weirctl send events.ndjson
              zcat events.ndjson.gz | weirctl send -
              weirctl send --ingest ipc:///run/weir/ingest.sock --in-flight 16 events.ndjson
            """
    )

    static let standardIngest = "tcp://127.0.0.1:7701"

    @Option(help: ArgumentHelp("URL of an ingest.", valueName: "url"))
    var ingest = Send.standardIngest

    @Option(name: .customLong("batch-bytes"), help: "Bytes of a request, 1…67108864; a longer line travels alone.")
    var batchBytes = 256 << 10

    @Option(name: .customLong("in-flight"), help: "Requests at a time, 1…256.")
    var inFlight = 8

    @Option(name: .customLong("give-up-after"), help: "Seconds after which a batch without acknowledgement fails.")
    var giveUpAfter = 60.0

    @Flag(help: "Exit with 2 when lines went to quarantine.")
    var strict = false

    @Flag(help: "Print the totals as JSON.")
    var json = false

    @OptionGroup(title: "Security") var security: SecurityOptions

    @Argument(help: "The events: a file, or - for standard input.")
    var file: String

    func validate() throws {
        guard (1...64 << 20).contains(batchBytes) else {
            throw ValidationError("--batch-bytes \(batchBytes): a number in 1…67108864 is needed")
        }
        guard (1...256).contains(inFlight) else {
            throw ValidationError("--in-flight \(inFlight): a number in 1…256 is needed")
        }
        guard giveUpAfter > 0, giveUpAfter <= 1e6 else {
            throw ValidationError(
                "--give-up-after \(giveUpAfter): a number of seconds above 0 and up to 1000000 is needed"
            )
        }
    }

    func run() async throws {
        let clock = ContinuousClock()
        let began = clock.now
        let bar = ProgressBar(label: "sending")
        let totals: EventSender.Totals
        do {
            let sender = try EventSender(
                url: ingest,
                batchBytes: batchBytes,
                inFlight: inFlight,
                giveUpAfter: .milliseconds(Int64(giveUpAfter * 1000)),
                tls: try security.security().tls
            )
            defer { sender.close() }
            totals = try await sender.send(file) { totals, size in
                bar.show(done: totals.bytes, of: size, detail: "\(totals.accepted) events acknowledged")
            }
        } catch {
            bar.clear()
            throw Failure(error)
        }
        bar.clear()
        report(totals, clock.now - began)
        if strict, totals.quarantined > 0 { throw ExitCode(2) }
    }

    private func report(_ totals: EventSender.Totals, _ time: Duration) {
        let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
        if json {
            var line = JSONWriter()
            line.object { line in
                line.member("accepted", totals.accepted)
                line.member("quarantined", totals.quarantined)
                line.member("batches", totals.batches)
                line.member("retries", totals.retries)
                line.member("bytes", totals.bytes)
                line.member("seconds", seconds)
            }
            print(line.text)
        } else {
            let rate = seconds > 0 ? Int(Double(totals.accepted) / seconds) : 0
            print(
                "\(totals.accepted) lines acknowledged (\(totals.quarantined) quarantined) in \(totals.batches) batches, "
                    + String(format: "%.2f", seconds) + " s, \(rate) lines/s, \(totals.retries) sent again"
            )
        }
    }
}
