import Testing
import WeirTestSupport

@testable import WeirCore

@Suite struct ChangePointsTests {
    /// Least penalised cost over every way to cut, by trying them all.
    private func leastCost(_ values: [Double], penalty: Double, segmentMin: Int) -> Double {
        func cost(_ range: Range<Int>) -> Double {
            let mean = values[range].reduce(0, +) / Double(range.count)
            return values[range].reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        }
        func best(from start: Int) -> Double {
            var least = values.count - start >= segmentMin ? cost(start..<values.count) : .infinity
            for end in stride(from: start + segmentMin, through: values.count - segmentMin, by: 1) {
                least = min(least, cost(start..<end) + penalty + best(from: end))
            }
            return least
        }
        return best(from: 0)
    }

    private func total(_ values: [Double], _ positions: [Int], penalty: Double) -> Double {
        let edges = [0] + positions + [values.count]
        let costs = SegmentCosts(values)
        return zip(edges, edges.dropFirst()).reduce(0) { $0 + costs.cost($1.0..<$1.1) }
            + penalty * Double(positions.count)
    }

    @Test func theCutsAreAsGoodAsTheBestOfAllWaysToCut() {
        for seed in 0..<400 {
            var random = SplitMix64(seed: UInt64(seed))
            let count = 2 + Int(random.next() % 14)
            let segmentMin = 1 + Int(random.next() % 3)
            let penalty = Double(random.next() % 40) / 4
            let level = Double(random.next() % 10)
            let values = (0..<count).map { index in
                Double(random.next() % 5) + (index > count / 2 ? level : 0)
            }
            let positions = ChangePoints.positions(in: values, penalty: penalty, segmentMin: segmentMin)
            let edges = [0] + positions + [count]
            #expect(positions.isEmpty || zip(edges, edges.dropFirst()).allSatisfy { $1 - $0 >= segmentMin })
            guard count >= 2 * segmentMin else {
                #expect(positions.isEmpty)
                continue
            }
            let found = total(values, positions, penalty: penalty)
            let best = leastCost(values, penalty: penalty, segmentMin: segmentMin)
            #expect(abs(found - best) <= 1e-9 * max(1, best), "seed \(seed)")
        }
    }

    @Test func longSeriesAreCutAsByAnExhaustiveRecurrence() {
        for seed in 0..<20 {
            var random = SplitMix64(seed: UInt64(seed) &+ 1000)
            var level = 0.0
            let values = (0..<300).map { _ in
                if random.next() % 40 == 0 { level = Double(random.next() % 30) }
                return level + Double(random.next() % 1000) / 500
            }
            let (penalty, segmentMin) = (12.0, 5)
            let costs = SegmentCosts(values)
            var best = [-penalty] + [Double](repeating: .infinity, count: values.count)
            for end in segmentMin...values.count {
                for start in 0...(end - segmentMin) where start == 0 || start >= segmentMin {
                    best[end] = min(best[end], best[start] + costs.cost(start..<end) + penalty)
                }
            }
            let positions = ChangePoints.positions(in: values, penalty: penalty, segmentMin: segmentMin)
            let found = total(values, positions, penalty: penalty)
            #expect(abs(found - best[values.count]) < 1e-6 * max(1, found), "seed \(seed)")
        }
    }

    @Test func aStepIsFoundWhereItIsWithItsLevels() throws {
        var random = SplitMix64(seed: 3)
        let values = (0..<120).map { ($0 < 70 ? 10.0 : 14) + Double(random.next() % 1000) / 1000 }
        let changes = ChangePoints.find(in: values)
        #expect(changes.map(\.position) == [70])
        let change = try #require(changes.first)
        #expect(abs(change.before - 10.5) < 0.2 && abs(change.after - 14.5) < 0.2)
    }

    @Test func noiseHasFewAndAConstantNoChanges() {
        #expect(ChangePoints.find(in: [Double](repeating: 2, count: 100)).isEmpty)
        #expect(ChangePoints.find(in: []).isEmpty && ChangePoints.find(in: [1, 2]).isEmpty)
        var found = 0
        for seed in 0..<100 {
            var random = SplitMix64(seed: UInt64(seed))
            let noise = (0..<100).map { _ in (0..<6).reduce(0.0) { sum, _ in sum + Double(random.next() % 1000) } }
            if !ChangePoints.find(in: noise).isEmpty { found += 1 }
        }
        #expect(found <= 10)
    }
}
