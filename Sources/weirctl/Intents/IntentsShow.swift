import ArgumentParser
import Foundation
import WeirCore
import WeirNode

struct IntentsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one intent, with every attempt to carry it out.",
        discussion: """
            With --json the intent whole, with its payload.

            Example:
              weirctl intents show 5e0c1a51-2f6e-5b5c-9d2c-0e6bb8d1a001
            """
    )

    @OptionGroup var connection: Connection

    @Flag(help: "Print the intent as JSON.")
    var json = false

    @Argument(help: "The intent's id.")
    var id: String

    private struct Result: Decodable {
        var attempt: Int
        var executor: String
        var executedAt: String
        var success: Bool
        var errorMessage: String?
        var executionDurationMs: Double
    }

    private struct Results: Decodable {
        var results: [Result]
    }

    func validate() throws {
        if UUID128(id) == nil { throw ValidationError("\(id): a UUID is needed") }
    }

    func run() async throws {
        let data = try await connection.ask(.intent(UUID128(id)!))
        if json {
            print(String(decoding: data, as: UTF8.self))
            return
        }
        let text = JSONText(text: Array(data))
        let intent = try text.decoded(IntentRow.self)
        print(
            """
            intent       \(intent.intentId)
            correlation  \(intent.correlationId)
            state        \(intent.state), \(intent.attempts) attempts, priority \(intent.priority)
            window       \(intent.windowType) \(intent.windowStart), revision \(intent.revision)
            created      \(intent.createdAt)

            """
        )
        var table = TextTable([
            ("ATTEMPT", .right), ("AT", .left), ("EXECUTOR", .left), ("ms", .right), ("RESULT", .left),
        ])
        for result in try text.decoded(Results.self).results {
            table.add([
                "\(result.attempt)", result.executedAt, result.executor,
                String(format: "%.1f", result.executionDurationMs),
                result.success ? "carried out" : result.errorMessage ?? "failed",
            ])
        }
        printTable(table, empty: "not tried yet")
    }
}
