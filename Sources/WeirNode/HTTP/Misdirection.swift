import Foundation
import WeirWire

/// The answer to what only an ingest can do, on a node that has none: it names the nodes that can.
struct Misdirection: Sendable {
    let cluster: ClusterLine

    /// Names in the answer; there may be more ingests.
    private static let namesMax = 16

    private struct Cluster: Decodable {
        struct Ingest: Decodable { var name: String }
        var ingests: [Ingest]
    }

    /// - Parameter wish: completes "this node has no ingest; …".
    func problem(_ wish: String) async -> Problem {
        var names: [String] = []
        // Without an answer it can't name them, and is right all the same.
        if let json = try? await cluster.ask(.status),
            let known = try? JSONDecoder().decode(Cluster.self, from: Data(json))
        {
            names = known.ingests.prefix(Self.namesMax).map(\.name)
        }
        let those =
            names.isEmpty
            ? "a node that runs weir up or weir ingest"
            : (names.count == 1 ? "the ingest " : "one of the ingests ") + names.joined(separator: ", ")
        return Problem(.misdirected, "this node has no ingest; \(wish) \(those)")
    }
}
