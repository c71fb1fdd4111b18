import Foundation
import WeirNode

/// The coordinator's answer to a change of placement.
struct Moves: Decodable {
    struct Move: Decodable {
        var shard: Int
        var from: String?
        var to: String
    }

    var dryRun: Bool
    var epoch: Int
    var moves: [Move]

    /// One line for each pair of workers, with the shards that move between them.
    func show() {
        let verb = dryRun ? "would move" : moves.isEmpty ? "move" : "moved"
        print("\(moves.count) shards \(verb)\(dryRun ? "" : ", epoch \(epoch)")")
        guard !moves.isEmpty else { return }
        var table = TextTable([("FROM", .left), ("TO", .left), ("SHARDS", .left)])
        for (pair, moves) in Dictionary(grouping: moves, by: { [$0.from ?? "", $0.to] })
            .sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
        {
            table.add([pair[0], pair[1], moves.map { "\($0.shard)" }.joined(separator: " ")])
        }
        printTable(table, empty: "")
    }
}
