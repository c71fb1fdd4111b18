import Testing
import WeirTestSupport

@testable import WeirCore

@Suite struct SeasonalAnomalyTests {
    private static let hour: Int64 = 3_600_000_000

    private func time(day: Int, hour: Int) -> EventTime {
        EventTime(microseconds: (Int64(day) * 24 + Int64(hour)) * Self.hour)
    }

    /// Days of 24 hours with a daily curve and a little noise.
    private func days(_ count: Int, seed: UInt64 = 1) -> [TimeSeries.Point] {
        var random = SplitMix64(seed: seed)
        return (0..<count * 24).map { index in
            let hour = index % 24
            let noise = Double(random.next() % 100) / 100
            return .init(
                time: time(day: index / 24, hour: hour),
                value: Double(100 * (hour < 12 ? hour : 24 - hour)) + noise
            )
        }
    }

    @Test func whatIsUsualForItsHourIsNoAnomalyAndWhatIsNotIs() {
        var points = days(10)
        #expect(SeasonalAnomaly.scores(in: TimeSeries(points), season: .hourOfDay).allSatisfy { !$0.isAnomalous })
        // Usual at noon, unheard of at midnight.
        points.append(.init(time: time(day: 10, hour: 0), value: 1200))
        let scores = SeasonalAnomaly.scores(in: TimeSeries(points), season: .hourOfDay)
        #expect(scores.last?.isAnomalous == true && scores.last?.count == 10)
        #expect(scores.dropLast().allSatisfy { !$0.isAnomalous })
        #expect(
            SeasonalAnomaly.scores(in: TimeSeries(points), season: .none, last: 1).first?.isAnomalous == false,
            "without the season it looks usual"
        )
    }

    @Test func scoresAreThoseOfTheDefinition() {
        for seed in 0..<30 {
            var random = SplitMix64(seed: UInt64(seed))
            let points = (0..<24 * 8).map {
                TimeSeries.Point(time: time(day: $0 / 24, hour: $0 % 24), value: Double(random.next() % 50))
            }
            let scores = SeasonalAnomaly.scores(in: TimeSeries(points), season: .hourOfDay)
            #expect(scores.count == 24 * 4)
            for score in scores {
                let index = points.firstIndex { $0.time == score.time }!
                let past = stride(from: index - 24, through: 0, by: -24).map { points[$0].value }.sorted()
                func median(_ sorted: [Double]) -> Double {
                    let middle = sorted.count / 2
                    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
                }
                let center = median(past)
                let spread = max(1.4826 * median(past.map { abs($0 - center) }.sorted()), abs(center) / 100)
                #expect(score.median == center && score.spread == spread && score.count == past.count)
                let expected = spread > 0 ? abs(score.value - center) > 3.5 * spread : score.value != center
                #expect(score.isAnomalous == expected)
            }
        }
    }

    @Test func theSameHourOfTheSameDayIsNotPastAndOldDaysAreForgotten() {
        var limits = TrendLimits()
        limits.seasonMin = 1
        limits.seasonDays = 2
        let season = SeasonalAnomaly.Season.hourOfDay
        let now = time(day: 10, hour: 5)
        #expect(!season.isPast(now.advanced(byMicroseconds: -60_000_000), of: now, limits))
        #expect(season.isPast(time(day: 9, hour: 5), of: now, limits))
        #expect(season.isPast(time(day: 8, hour: 5), of: now, limits))
        #expect(!season.isPast(time(day: 7, hour: 5), of: now, limits))
        #expect(season.phase(of: EventTime(microseconds: -1)) == 23)
        #expect(SeasonalAnomaly.Season(of: .daily).phase(of: time(day: 8, hour: 3)) == 1)
    }

    @Test func whereNothingEverVariedAnythingElseIsAnomalous() throws {
        let points = (0..<9).map { TimeSeries.Point(time: time(day: $0, hour: 1), value: $0 == 8 ? 5 : 0) }
        let score = try #require(SeasonalAnomaly.scores(in: TimeSeries(points), season: .hourOfDay).last)
        #expect(score.isAnomalous && score.score == nil && score.median == 0)
    }

    @Test func aSeriesIsInOrderWithOneFiniteValueATime() {
        let series = TimeSeries([
            .init(time: time(day: 1, hour: 0), value: 1), .init(time: time(day: 0, hour: 0), value: 2),
            .init(time: time(day: 1, hour: 0), value: 3), .init(time: time(day: 2, hour: 0), value: .nan),
        ])
        #expect(series.values == [2, 3])
    }

    @Test func aTrendSaysAllOfItInJSON() {
        let trend = Trend(of: .averageQuality, by: .model, group: "m\"1", TimeSeries(days(6)), season: .hourOfDay)
        var json = JSONWriter()
        trend.write(into: &json, withPoints: true)
        #expect(json.text.hasPrefix(#"{"metric":"avg_quality_score","group_by":"model","group":"m\"1","points":144,"#))
        #expect(
            json.text.contains(#""direction":"steady""#) && json.text.contains(#""series":[["1970-01-01T00:00:00Z","#)
        )
    }
}
