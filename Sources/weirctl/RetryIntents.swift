import ArgumentParser
import Foundation
import WeirCore
import WeirNode

/// `weirctl intents retry`
struct RetryIntents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Make dead-lettered intents pending again, with fresh attempts.",
        discussion: """
            A window whose intent was given up has failed; it is completed once the intent is carried out. Ids that are not dead-lettered are \
            passed over.

            Examples:
              weirctl intents retry --all-failed
              weirctl intents retry 5f0c2a9e-3c1b-5d7a-9a41-0c8f4f6f2b1d
            """
    )

    @OptionGroup var connection: Connection

    @Argument(help: "Ids of intents, as weirctl intents --state failed lists them.")
    var ids: [String] = []

    @Flag(name: .customLong("all-failed"), help: "All that were given up.")
    var allFailed = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    private struct Reply: Decodable {
        var retried: Int
    }

    func validate() throws {
        guard ids.isEmpty == allFailed else { throw ValidationError("either ids or --all-failed is needed") }
        for id in ids where UUID128(id) == nil { throw ValidationError("\"\(id)\" is no UUID") }
    }

    func run() async throws {
        let data = try await connection.ask(.retryIntents(ids.compactMap { UUID128($0) }), timeout: 60)
        if json {
            print(String(decoding: data, as: UTF8.self))
        } else {
            print("\(try JSONText(text: Array(data)).decoded(Reply.self).retried) intents are pending again")
        }
    }
}
