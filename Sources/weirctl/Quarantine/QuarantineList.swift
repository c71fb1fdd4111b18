import ArgumentParser
import Foundation
import WeirCore
import WeirNode
import WeirWire

struct QuarantineList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List refused lines, newest first, whole, with the reason.",
        discussion: """
            With --json each has `text`, or `base64` when its bytes are not UTF-8.

            Examples:
              weirctl quarantine list
              weirctl quarantine list --limit 100000 --json | jq -r 'select(.reason == "too_late") | .text'
            """
    )

    @OptionGroup var connection: Connection

    @Option(help: "Lines of this reason alone.")
    var reason: String?

    @Flag(name: .customLong("held"), help: "Only lines that were not sent again.")
    var isHeld = false

    @Option(help: "At most so many, 1…100000.")
    var limit = 100

    @Flag(help: "Print one JSON object a line.")
    var json = false

    func validate() throws {
        guard (1...100_000).contains(limit) else {
            throw ValidationError("--limit \(limit): a number in 1…100000 is needed")
        }
    }

    func run() async throws {
        var rows: [JSONText] = []
        try await JSONPage.all(limit: limit) { cursor, count in
            try await connection.ask(
                .quarantine(
                    QuarantineQuery(reason: reason, before: cursor.flatMap { UInt64($0) }, isHeld: isHeld, limit: count)
                ),
                timeout: 60
            )
        } take: {
            rows.append($0)
        }
        if json {
            printLines(rows)
            return
        }
        var table = TextTable([("ID", .right), ("REASON", .left), ("DETAIL", .left), ("LINE", .left)])
        for row in rows {
            let line = try row.decoded(QuarantineRow.self)
            table.add([
                "\(line.id)", line.reason, Self.short(line.detail, 60), Self.short(line.text ?? "(not UTF-8)", 60),
            ])
        }
        printTable(table, empty: "no lines in quarantine")
    }

    private static func short(_ text: String, _ length: Int) -> String {
        let line = String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "·" : Character($0) })
        return line.count <= length ? line : line.prefix(length - 1) + "…"
    }
}
