import ArgumentParser
import Foundation
import WeirCore
import WeirNode
import WeirWire

struct QuarantineDrop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Forget refused lines. Their counts stay.",
        discussion: """
            They can't be had back.

            Examples:
              weirctl quarantine drop 17 18
              weirctl quarantine drop --all --yes
            """
    )

    @OptionGroup var connection: Connection
    @OptionGroup var selection: QuarantineSelection
    @OptionGroup var consent: Consent

    @Flag(help: "Print the total as JSON.")
    var json = false

    /// Lines in one request.
    private static let batch = 1000

    func run() async throws {
        let ids = try await selection.lines(connection).map(\.id)
        if !ids.isEmpty { try consent.require("Forget \(ids.count) refused lines?") }
        for start in stride(from: 0, to: ids.count, by: Self.batch) {
            let part = Array(ids[start..<min(start + Self.batch, ids.count)])
            _ = try await connection.ask(.settleQuarantine(part, .dropped))
        }
        if json {
            var text = JSONWriter()
            text.object { $0.member("dropped", ids.count) }
            print(text.text)
        } else {
            print("\(ids.count) lines dropped")
        }
    }
}
