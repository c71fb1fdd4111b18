import Testing
import WeirTestSupport

@testable import WeirCore

@Suite struct TheilSenTests {
    private static let hour: Int64 = 3_600_000_000

    private func series(_ values: [Double], every step: Int64 = hour) -> TimeSeries {
        TimeSeries(
            values.enumerated().map { .init(time: EventTime(microseconds: Int64($0) * step), value: $1) }
        )
    }

    @Test func ofALineItIsTheLine() throws {
        let line = try #require(TheilSen(series((0..<48).map { 3 + 0.5 * Double($0) })))
        #expect(abs(line.slopePerDay - 12) < 1e-9 && abs(line.intercept - 3) < 1e-9)
        #expect(
            line.direction == .rising && line.lowerPerDay <= line.slopePerDay && line.slopePerDay <= line.upperPerDay
        )
    }

    @Test func aQuarterOfWildPointsDoesNotMoveItFar() throws {
        var random = SplitMix64(seed: 7)
        let values = (0..<100).map { index in
            index % 4 == 0 ? Double(random.next() % 1_000_000) : -Double(index)
        }
        let line = try #require(TheilSen(series(values)))
        #expect(line.slopePerDay < 0 && line.slopePerDay > -60)
    }

    @Test func slopeAndIntervalAreOrderStatisticsOfAllPairs() throws {
        for seed in 0..<50 {
            var random = SplitMix64(seed: UInt64(seed))
            let count = 8 + Int(random.next() % 40)
            // Few values, so that there are ties.
            let values = (0..<count).map { Double(random.next() % 9) + 0.05 * Double($0) * Double(seed % 3) }
            let line = try #require(TheilSen(series(values)))
            var slopes: [Double] = []
            for later in 0..<count {
                for earlier in 0..<later {
                    slopes.append((values[later] - values[earlier]) / (Double(later - earlier) / 24))
                }
            }
            slopes.sort()
            let middle = slopes.count / 2
            let median = slopes.count % 2 == 1 ? slopes[middle] : (slopes[middle - 1] + slopes[middle]) / 2
            #expect(abs(line.slopePerDay - median) <= 1e-9 * max(1, abs(median)))
            #expect(line.lowerPerDay <= line.slopePerDay && line.slopePerDay <= line.upperPerDay)
            #expect(slopes.contains { abs($0 - line.lowerPerDay) <= 1e-9 * max(1, abs($0)) })
            #expect(slopes.contains { abs($0 - line.upperPerDay) <= 1e-9 * max(1, abs($0)) })
        }
    }

    @Test func ofNoiseWithoutATrendTheIntervalHoldsZeroInMostDraws() throws {
        var steady = 0
        for seed in 0..<400 {
            var random = SplitMix64(seed: UInt64(seed))
            let values = (0..<40).map { _ in Double(random.next() % 10_000) }
            if try #require(TheilSen(series(values))).direction == .steady { steady += 1 }
        }
        // 95 % within three standard errors (1.1 %) below, and not so wide that everything is steady.
        #expect(steady >= 366 && steady <= 396)
    }

    /// Gilbert's example of the variance without and with ties, by its definition over all pairs of tied groups.
    @Test func theVarianceCountsTies() {
        #expect(TheilSen.variance([1, 2, 3, 4, 5]) == 300.0 / 18)
        #expect(TheilSen.variance([5, 5, 5, 1, 2]) == (300.0 - 66) / 18)
        #expect(TheilSen.variance([1, 1, 1]) == 0)
    }

    @Test func tooFewPointsHaveNoSlopeAndOnlyTheNewestCount() throws {
        #expect(TheilSen(series([1, 2, 3])) == nil)
        var limits = TrendLimits()
        limits.pointsMax = 10
        let line = try #require(TheilSen(series((0..<90).map { $0 < 80 ? 1000 : Double($0) }), limits: limits))
        #expect(abs(line.slopePerDay - 24) < 1e-9)
    }

    @Test func aConstantSeriesIsSteady() throws {
        let line = try #require(TheilSen(series([Double](repeating: 0.9, count: 30))))
        #expect(line.slopePerDay == 0 && line.direction == .steady)
    }

    @Test func orderStatisticsAreThoseOfTheSortedList() {
        for seed in 0..<200 {
            var random = SplitMix64(seed: UInt64(seed))
            let count = 1 + Int(random.next() % 60)
            let values = (0..<count).map { _ in Double(random.next() % 20) - 10 }
            let sorted = values.sorted()
            var statistics = OrderStatistics(values)
            for rank in [1, count, 1 + Int(random.next() % UInt64(count))] {
                #expect(statistics.value(atRank: rank) == sorted[rank - 1])
            }
            let median = count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2
            #expect(statistics.median() == median)
        }
    }

    @Test func quantilesAndLogarithmsAreThoseOfTheTables() {
        #expect(abs(NormalQuantile.upper(0.975) - 1.959964) < 4.5e-4)
        #expect(abs(NormalQuantile.upper(0.995) - 2.575829) < 4.5e-4)
        for (x, logarithm) in [
            (1.0, 0.0), (2, 0.693147180559945), (10, 2.302585092994046), (0.025, -3.688879454113936),
        ] {
            #expect(abs(NaturalLogarithm.of(x) - logarithm) < 1e-14)
        }
    }
}
