import ArgumentParser
import Foundation
import WeirNode
import WeirWire

struct IntentsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List intents, newest first.",
        discussion: """
            Examples:
              weirctl intents list
              weirctl intents list --state failed --json
            """
    )

    @OptionGroup var connection: Connection

    @Option(help: ArgumentHelp("pending, completed or failed; all unless given.", valueName: "state"))
    var state: String?

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
                .intents(IntentQuery(state: state, before: cursor.flatMap { UInt64($0) }, limit: count)),
                timeout: 60
            )
        } take: {
            rows.append($0)
        }
        if json {
            printLines(rows)
            return
        }
        var table = TextTable([
            ("INTENT", .left), ("STATE", .left), ("WINDOW", .left), ("START", .left), ("REV", .right),
            ("ATTEMPTS", .right), ("LAST ERROR", .left),
        ])
        for row in rows {
            let intent = try row.decoded(IntentRow.self)
            table.add([
                intent.intentId, intent.state, intent.windowType, intent.windowStart, "\(intent.revision)",
                "\(intent.attempts)", intent.lastError ?? "",
            ])
        }
        printTable(table, empty: "no intents")
    }
}
