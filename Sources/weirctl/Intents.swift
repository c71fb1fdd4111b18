import ArgumentParser
import Foundation
import WeirNode

struct Intents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List intents, newest first, or try dead letters again.",
        discussion: """
            An intent publishes the record of a window. It is pending until it is carried out (completed), or given up after the last attempt \
            (failed).

            Examples:
              weirctl intents
              weirctl intents --state failed --json
              weirctl intents retry --all-failed
            """,
        subcommands: [ListIntents.self, RetryIntents.self],
        defaultSubcommand: ListIntents.self
    )
}

/// `weirctl intents`, also as `weirctl intents list`.
struct ListIntents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List intents, newest first.",
        discussion: """
            Example:
              weirctl intents list --state pending
            """
    )

    @OptionGroup var connection: Connection

    @Option(help: ArgumentHelp("pending, completed or failed; all unless given.", valueName: "state"))
    var state: String?

    @Option(help: "At most so many, 1…100000.")
    var limit = 100

    @Flag(help: "Print one JSON object a line.")
    var json = false

    private struct Row: Decodable {
        var intentId: String
        var state: String
        var windowType: String
        var windowStart: String
        var revision: Int
        var attempts: Int
        var lastError: String?
    }

    func validate() throws {
        guard (1...100_000).contains(limit) else {
            throw ValidationError("--limit \(limit): a number in 1…100000 is needed")
        }
    }

    func run() async throws {
        let rows = JSONText.elements(of: try await connection.ask(.intents(state: state, limit: limit), timeout: 60))
        if json {
            printLines(rows)
            return
        }
        var table = TextTable([
            ("INTENT", .left), ("STATE", .left), ("WINDOW", .left), ("START", .left), ("REV", .right),
            ("ATTEMPTS", .right),
            ("LAST ERROR", .left),
        ])
        for row in rows {
            let intent = try row.decoded(Row.self)
            table.add([
                intent.intentId, intent.state, intent.windowType, intent.windowStart, "\(intent.revision)",
                "\(intent.attempts)", intent.lastError ?? "",
            ])
        }
        printTable(table, empty: "no intents")
    }
}
