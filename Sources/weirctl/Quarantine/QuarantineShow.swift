import ArgumentParser
import Foundation
import WeirNode

struct QuarantineShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one refused line, whole.",
        discussion: """
            Example:
              weirctl quarantine show 17
            """
    )

    @OptionGroup var connection: Connection

    @Flag(help: "Print the line as JSON.")
    var json = false

    @Argument(help: "The line's id.")
    var id: UInt64

    func run() async throws {
        let data = try await connection.ask(.quarantinedLine(id))
        if json {
            print(String(decoding: data, as: UTF8.self))
            return
        }
        let line = try JSONText(text: Array(data)).decoded(QuarantineRow.self)
        print(
            """
            line         \(line.id)
            reason       \(line.reason): \(line.detail)
            came by      \(line.ingest), frame \(line.frame), line \(line.line) of its batch
            stored       \(line.storedAt)
            sent again   \(line.replayedAt ?? "no")

            \(line.text ?? "(not UTF-8; use --json)")
            """
        )
    }
}
