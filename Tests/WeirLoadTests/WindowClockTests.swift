import Testing
import WeirCore
import WeirLoad

@Suite struct WindowClockTests {
    private static let origin = EventTime("2026-11-03T00:00:02Z")!

    private func clock() -> WindowClock {
        WindowClock(layout: .standard, tolerance: .seconds(1), origin: Self.origin)
    }

    private func time(_ second: Double) -> EventTime { Self.origin.advanced(byMicroseconds: Int64(second * 1e6)) }

    @Test func aWindowCanCloseWithTheFirstEventPastItsEndAndTheTolerance() {
        var clock = clock()
        clock.observe(time(3.9), scheduled: RunTime(seconds: 3.9))
        #expect(clock.passed.isEmpty)
        clock.observe(time(4.0), scheduled: RunTime(seconds: 4.0))
        clock.observe(time(4.5), scheduled: RunTime(seconds: 4.5))
        #expect(clock.passed == [EventTime("2026-11-03T00:00:00Z")!: RunTime(seconds: 4.0)])
    }

    @Test func anEventOutOfOrderClosesNothing() {
        var clock = clock()
        // Due at 4.2 s, but its time is older.
        clock.observe(time(3.8), scheduled: RunTime(seconds: 4.2))
        clock.observe(time(4.3), scheduled: RunTime(seconds: 4.3))
        #expect(clock.passed[EventTime("2026-11-03T00:00:00Z")!] == RunTime(seconds: 4.3))
    }

    @Test func oneEventMayCloseSeveral() {
        var clock = clock()
        clock.observe(time(15), scheduled: RunTime(seconds: 15))
        #expect(clock.passed.count == 3)
    }

    @Test func aWindowThatEndedBeforeTheBeginIsNobodysToClose() {
        var clock = WindowClock(layout: .standard, tolerance: .seconds(1), origin: EventTime("2026-11-03T00:00:05.5Z")!)
        clock.observe(EventTime("2026-11-03T00:00:06.2Z")!, scheduled: RunTime(seconds: 0.7))
        #expect(clock.passed.isEmpty)
    }

    @Test func ofSeveralLanesTheEarliestCounts() {
        var left = clock()
        var right = clock()
        left.observe(time(4.4), scheduled: RunTime(seconds: 4.4))
        right.observe(time(4.2), scheduled: RunTime(seconds: 4.2))
        left.merge(right)
        #expect(left.passed.values.map(\.seconds) == [4.2])
    }

    @Test func anIntentsMessageTellsItsWindow() {
        let window = Window(type: .streaming, start: EventTime("2026-11-03T00:00:05Z")!)
        let record = WindowRecord(
            window: window,
            layout: .standard,
            revision: 3,
            aggregate: .init(limits: AggregateLimits())
        )
        let intent = Intent(publishing: record, contract: Contract(), at: Self.origin, aggregationDuration: .zero)
        let message = Array("dev.coordination.event_publish_intent.v1 ".utf8) + intent.json
        #expect(PublishedWindow(message: message) == PublishedWindow(window: window, revision: 3))
        #expect(PublishedWindow(message: Array("topic {}".utf8)) == nil)
    }
}
