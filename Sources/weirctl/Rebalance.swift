import ArgumentParser
import Foundation

struct Rebalance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Place shards so that no worker has more than its share.",
        discussion: """
            Changes of membership move as few shards as can be, and so leave some workers with more of them than others. After this no worker owns \
            more than shards / workers, rounded up. Shards that move are counted on by their new owners once those have read the journals over \
            the dedup horizon.

            Examples:
              weirctl rebalance --dry-run
              weirctl rebalance --yes
            """
    )

    @OptionGroup var connection: Connection
    @OptionGroup var confirmation: Confirmation

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        try confirmation.require("rebalance the cluster")
        let data = try await connection.ask(.rebalance(isDryRun: confirmation.dryRun))
        if json {
            print(String(decoding: data, as: UTF8.self))
        } else {
            try JSONText(text: Array(data)).decoded(Moves.self).show()
        }
    }
}
