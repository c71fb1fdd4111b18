import ArgumentParser

struct Intents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What the cluster asks the world to do: list, show, follow.",
        discussion: """
            An intent publishes the record of a window. It is pending until it is carried out (completed), or given up after the last attempt \
            (failed).

            Examples:
              weirctl intents
              weirctl intents list --state failed --json
              weirctl intents show 5e0c1a51-2f6e-5b5c-9d2c-0e6bb8d1a001
              weirctl intents tail
              weirctl intents retry --all-failed
            """,
        subcommands: [IntentsList.self, IntentsShow.self, IntentsTail.self, RetryIntents.self],
        defaultSubcommand: IntentsList.self
    )
}

/// An intent as the coordinator tells it.
struct IntentRow: Decodable {
    var intentId: String
    var correlationId: String
    var state: String
    var windowType: String
    var windowStart: String
    var revision: Int
    var priority: Int
    var attempts: Int
    var createdAt: String
    var executedAt: String?
    var lastError: String?
}
