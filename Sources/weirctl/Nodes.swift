import ArgumentParser
import Foundation
import WeirNode

struct Nodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the nodes that are there or drained.",
        discussion: """
            A worker is silent between two commits, 200 ms by default; a node that is silent for 3 s is lost. An ingest's lag is the number of \
            its frames on disk that are not committed yet.

            Examples:
              weirctl nodes
              weirctl nodes --json --to tcp://10.0.0.5:7700
            """
    )

    @OptionGroup var connection: Connection

    @Flag(help: "Print one JSON object a line.")
    var json = false

    struct Node: Decodable {
        var name: String
        var state: String
        var role: String?
        var silentMs: Int?
        var shards: Int?
        var url: String?
        var lastFrame: Int?
        var committedFrame: Int?

        /// Frames on disk that are not committed.
        var lag: Int? {
            guard let lastFrame, let committedFrame else { return nil }
            return max(0, lastFrame - committedFrame)
        }
    }

    func run() async throws {
        let rows = JSONText.elements(of: try await connection.ask(.nodes))
        if json {
            printLines(rows)
            return
        }
        var table = TextTable([
            ("NODE", .left), ("ROLE", .left), ("STATE", .left), ("SHARDS", .right), ("LAG", .right),
            ("SILENT ms", .right), ("URL", .left),
        ])
        for row in rows {
            let node = try row.decoded(Node.self)
            func text(_ number: Int?) -> String { number.map(String.init) ?? "" }
            table.add([
                node.name, node.role ?? "", node.state, text(node.shards), text(node.lag), text(node.silentMs),
                node.url ?? "",
            ])
        }
        printTable(table, empty: "no nodes")
    }
}
