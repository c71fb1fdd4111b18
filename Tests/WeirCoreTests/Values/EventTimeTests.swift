import Testing
import WeirCore

@Suite struct EventTimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-02T23:59:30.5Z", 1_793_663_970_500_000),
        ("2026-11-02 23:59:30.123456789Z", 1_793_663_970_123_456),
        ("2026-11-03T01:59:30+02:00", 1_793_663_970_000_000),
        ("2026-11-02T21:29:30-02:30", 1_793_663_970_000_000),
        ("2026-11-02T23:59:30", 1_793_663_970_000_000),
        ("2024-02-29T00:00:00z", 1_709_164_800_000_000),
        ("1969-12-31T23:59:59.999999Z", -1),
    ])
    func momentsAreRead(text: String, microseconds: Int64) {
        #expect(EventTime(text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-11-02", "2026-13-02T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-02T24:00:01Z",
        "2026-11-02T23:60:00Z",
        "2026-11-02T23:59:30.Z", "2026-11-02T23:59:30.1234567890Z", "2026-11-02T23:59:30+0200x",
        "2026-11-02T23:59:30Z ",
        "20261102T235930Z", "now", "2026-11-02T23:59:30+25:00",
    ])
    func whatIsNoMomentIsRefused(text: String) {
        #expect(EventTime(text) == nil)
    }

    @Test func theTextIsReadBackAsTheSameMoment() {
        for microseconds in [
            0, 1, -1, 1_793_663_970_123_456, EventTime.latest.microseconds, EventTime.earliest.microseconds,
        ] {
            let time = EventTime(microseconds: microseconds)
            #expect(EventTime(time.description) == time)
        }
    }
}
