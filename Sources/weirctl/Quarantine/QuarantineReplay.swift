import ArgumentParser
import Foundation
import WeirCore
import WeirNode
import WeirWire

struct QuarantineReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send refused lines to an ingest again, as new input.",
        discussion: """
            Use it when what refused them has changed: a limit, the contract, the version. Each is judged anew; the old entry stays and is marked.
            A line that is refused again has a new entry.

            Exit codes: 0 all were taken, 1 no answer, 2 some were refused again.

            Examples:
              weirctl quarantine replay 17 18
              weirctl quarantine replay --reason too_large --yes
            """
    )

    @OptionGroup var connection: Connection
    @OptionGroup var selection: QuarantineSelection
    @OptionGroup var consent: Consent

    @Option(help: ArgumentHelp("URL of an ingest.", valueName: "url"))
    var ingest = Send.standardIngest

    @Flag(help: "Print the totals as JSON.")
    var json = false

    func run() async throws {
        let lines = try await selection.lines(connection)
        if !lines.isEmpty { try consent.require("Send \(lines.count) refused lines to \(ingest) again?") }
        var quarantined = 0
        let sender: EventSender
        do {
            sender = try EventSender(url: ingest, batchBytes: 256 << 10, inFlight: 1, giveUpAfter: .seconds(60))
        } catch {
            throw Failure(error)
        }
        defer { sender.close() }
        for line in lines {
            do {
                // One at a time: what is marked was taken, whatever happens in between.
                quarantined += try await sender.send(line.bytes).quarantined
            } catch {
                throw Failure(error)
            }
            _ = try await connection.ask(.settleQuarantine([line.id], .replayed))
        }
        if json {
            var text = JSONWriter()
            text.object { text in
                text.member("replayed", lines.count)
                text.member("quarantined", quarantined)
            }
            print(text.text)
        } else {
            print("\(lines.count) lines sent again, \(quarantined) of them refused again")
        }
        if quarantined > 0 { throw ExitCode(2) }
    }
}
