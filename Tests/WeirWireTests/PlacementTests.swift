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

    @Test func changesOfMembershipAloneGiveWhatRendezvousHashingGives() {
        var random = SplitMix64(seed: 3)
        var placement = Placement(shards: 128, workers: [])
        for _ in 0..<200 {
            let workers = Self.names(8).filter { _ in random.next() % 2 == 0 }
            placement = Placement(shards: 128, workers: workers, after: placement)
            #expect(placement == Placement(shards: 128, workers: workers))
        }
    }

    @Test func boundedPlacementGivesNoWorkerMoreThanItsShareAndStaysWhenMembershipChanges() {
        for (shards, workers) in [(64, 3), (64, 5), (7, 3), (1, 4), (1000, 7)] {
            let bounded = Placement.bounded(shards: shards, workers: Self.names(workers).reversed())
            let share = (shards + workers - 1) / workers
            #expect(bounded.workers.allSatisfy { bounded.shards(of: $0).count <= share })
            #expect(bounded == Placement.bounded(shards: shards, workers: Self.names(workers)))
            // A worker that goes moves its own shards alone; one that comes takes and moves no others.
            let gone = bounded.workers[0]
            let after = Placement(shards: shards, workers: Array(bounded.workers.dropFirst()), after: bounded)
            #expect(bounded.moves(to: after).allSatisfy { $0.from == gone })
            let more = Placement(shards: shards, workers: Self.names(workers + 1), after: bounded)
            #expect(bounded.moves(to: more).allSatisfy { $0.to == Self.names(workers + 1).last })
        }
        #expect(Placement.bounded(shards: 64, workers: []) == Placement(shards: 64, workers: []))
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
