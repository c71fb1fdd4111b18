import Testing
import WeirCore
import WeirTestSupport

@testable import WeirWire

@Suite struct PlacementTests {
    private static func names(_ count: Int) -> [NodeName] { (0..<count).map { NodeName("worker-\($0)")! } }

    @Test func everyShardHasAnOwnerAndTheOrderOfNamesDoesNotMatter() {
        let placement = Placement(shards: 64, workers: Self.names(5))
        #expect(placement.owners.count == 64 && placement.owners.allSatisfy { (0..<5).contains($0) })
        #expect(placement == Placement(shards: 64, workers: Self.names(5).reversed()))
        #expect(placement.workers.map { placement.shards(of: $0).count }.reduce(0, +) == 64)
        #expect(Placement(shards: 64, workers: []).owners.isEmpty)
    }

    @Test func aWorkerThatLeavesMovesItsOwnShardsAlone() {
        let before = Placement(shards: 256, workers: Self.names(6))
        let gone = Self.names(6)[2]
        let after = Placement(shards: 256, workers: Self.names(6).filter { $0 != gone })
        for shard in 0..<256 where before.workers[before.owners[shard]] != gone {
            #expect(before.workers[before.owners[shard]] == after.workers[after.owners[shard]])
        }
    }

    @Test func differentPlacementsHaveDifferentFingerprints() {
        let all = (1...20).map { Placement(shards: 64, workers: Self.names($0)).fingerprint }
        #expect(Set(all).count == 20)
    }

    @Test func everyHashHasAShardAndShardsAreEven() {
        var random = SplitMix64(seed: 1)
        var counts = [Int](repeating: 0, count: 64)
        for _ in 0..<64_000 { counts[ShardID.of(workflowHash: random.next(), shards: 64).value] += 1 }
        #expect(counts.allSatisfy { (800...1200).contains($0) })
        #expect(ShardID.of(workflowHash: .max, shards: 64).value == 63)
        #expect(ShardID.of(workflowHash: 0, shards: 64).value == 0)
    }
}
