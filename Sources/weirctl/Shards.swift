import ArgumentParser
import Foundation
import WeirNode

struct Shards: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List shards with their owners, and what is committed for them.",
        discussion: """
            Examples:
              weirctl shards
              weirctl shards --json
            """
    )

    @OptionGroup var connection: Connection

    @Flag(help: "Print one JSON object a line.")
    var json = false

    private struct Shard: Decodable {
        var shard: Int
        var worker: String
        var committed: [String: Int]
    }

    func run() async throws {
        let rows = JSONText.elements(of: try await connection.ask(.shards))
        if json {
            printLines(rows)
            return
        }
        var table = TextTable([("SHARD", .right), ("WORKER", .left), ("COMMITTED", .left)])
        for row in rows {
            let shard = try row.decoded(Shard.self)
            let committed = shard.committed.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            table.add(["\(shard.shard)", shard.worker, committed.joined(separator: ", ")])
        }
        printTable(table, empty: "no shard has an owner yet: no worker has joined")
    }
}
