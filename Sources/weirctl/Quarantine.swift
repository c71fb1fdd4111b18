import ArgumentParser
import Foundation
import WeirNode

struct Quarantine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List refused lines, newest first, whole, with the reason.",
        discussion: """
            With --json each has `text`, or `base64` when its bytes are not UTF-8.

            Examples:
              weirctl quarantine
              weirctl quarantine --limit 100000 --json | jq -r 'select(.reason == "too_late") | .text'
            """
    )

    @OptionGroup var connection: Connection

    @Option(help: "At most so many, 1…100000.")
    var limit = 100

    @Flag(help: "Print one JSON object a line.")
    var json = false

    private struct Row: Decodable {
        var id: Int
        var reason: String
        var detail: String
        var text: String?
    }

    func validate() throws {
        guard (1...100_000).contains(limit) else {
            throw ValidationError("--limit \(limit): a number in 1…100000 is needed")
        }
    }

    func run() async throws {
        let rows = JSONText.elements(of: try await connection.ask(.quarantine(limit: limit), timeout: 60))
        if json {
            printLines(rows)
            return
        }
        var table = TextTable([("ID", .right), ("REASON", .left), ("DETAIL", .left), ("LINE", .left)])
        for row in rows {
            let line = try row.decoded(Row.self)
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
