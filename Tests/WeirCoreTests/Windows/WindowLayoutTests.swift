import Testing
import WeirCore

@Suite struct WindowLayoutTests {
    /// 2026-11-03 is a Tuesday.
    static let moment = EventTime("2026-11-03T10:20:34.999999Z")!

    @Test(arguments: [
        (WindowType.streaming, "2026-11-03T10:20:30Z", "2026-11-03T10:20:35Z"),
        (.hourly, "2026-11-03T10:00:00Z", "2026-11-03T11:00:00Z"),
        (.daily, "2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z"),
        (.weekly, "2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z"),
    ])
    func windowsAreAligned(type: WindowType, start: String, end: String) {
        let window = WindowLayout.standard.window(type, holding: Self.moment)
        #expect(window.start.description == start)
        #expect(WindowLayout.standard.end(of: window).description == end)
    }

    @Test func monthsAreThirtyDaysFromTheEpoch() {
        let window = WindowLayout.standard.window(.monthly, holding: Self.moment)
        #expect(window.start.microseconds % 2_592_000_000_000 == 0)
        #expect(WindowLayout.standard.end(of: window).microseconds - window.start.microseconds == 2_592_000_000_000)
    }

    @Test func windowsAreHalfOpenAlsoBeforeTheEpoch() {
        for type in WindowType.allCases {
            for microseconds: Int64 in [-1, 0, 1, -2_592_000_000_000, 1_793_663_970_123_456] {
                let time = EventTime(microseconds: microseconds)
                let window = WindowLayout.standard.window(type, holding: time)
                #expect(window.start <= time && time < WindowLayout.standard.end(of: window))
                let next = WindowLayout.standard.window(type, holding: WindowLayout.standard.end(of: window))
                #expect(next.start == WindowLayout.standard.end(of: window))
            }
        }
    }
}
