import Testing
import WeirCore

@testable import WeirCluster

@Suite struct WatermarkTrackerTests {
    private var tracker = WatermarkTracker(watermark: nil)

    private mutating func update(_ sources: [WatermarkTracker.Source], at milliseconds: Int64) -> Int64? {
        _ = tracker.update(sources, at: Story.after(milliseconds))
        return tracker.watermark.map { ($0.microseconds - Story.start.microseconds) / 1000 }
    }

    private func active(_ milliseconds: Int64) -> WatermarkTracker.Source { .active(newest: Story.after(milliseconds)) }
    private func idle(_ milliseconds: Int64?) -> WatermarkTracker.Source {
        .idle(newest: milliseconds.map(Story.after))
    }

    @Test mutating func itIsTheMinimumOfTheActiveSources() {
        #expect(update([], at: 0) == nil)
        #expect(update([active(500), active(300)], at: 0) == 300)
        #expect(update([active(500), active(900)], at: 0) == 500)
    }

    @Test mutating func itNeverMovesBack() {
        #expect(update([active(500)], at: 0) == 500)
        #expect(update([active(500), active(100)], at: 0) == 500)
    }

    @Test mutating func anIdleSourceDoesNotHoldItBack() {
        #expect(update([active(500), active(100)], at: 0) == 100)
        #expect(update([active(500), idle(100)], at: 0) == 500)
    }

    @Test mutating func whileASourceIsUnknownItStands() {
        #expect(update([active(500)], at: 0) == 500)
        #expect(update([active(900), .unknown], at: 0) == 500)
    }

    @Test mutating func whenAllAreIdleItMovesAtThePaceOfTheWallClockFromWhereItStood() {
        #expect(update([active(500)], at: 1_000) == 500)
        #expect(update([idle(500)], at: 6_000) == 500)
        #expect(update([idle(500)], at: 7_000) == 1_500)
        #expect(update([idle(500)], at: 6_500) == 1_500, "a clock that steps back does not take it along")
        #expect(update([active(1_200)], at: 8_000) == 1_500)
        #expect(update([active(1_600)], at: 8_000) == 1_600)
    }
}
