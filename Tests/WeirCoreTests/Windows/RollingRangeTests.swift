import Testing
import WeirCore
import WeirTestSupport

@Suite struct RollingRangeTests {
    private static let hour: Int64 = 3_600_000_000
    private static let day = 24 * hour
    private let layout = WindowLayout.standard

    private func moment(_ random: inout SplitMix64) -> EventTime {
        EventTime(microseconds: Int64(random.next() % 4_000_000_000_000_000) - 1_000_000_000_000_000)
    }

    @Test func whereAllPanesAreThereTheWindowEndsWithTheLastWholePaneAndHasItsLength() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<2000 {
            let moment = moment(&random)
            let span = RollingSpan.allCases[Int(random.next() % 4)]
            let range = RollingRange(span, at: moment, layout: layout) { _ in false }
            #expect(range.end <= moment && moment.microseconds - range.end.microseconds < layout.paneLength)
            #expect(range.end.microseconds - range.start.microseconds == layout.length(of: span.windowType))
            #expect(range.startPrecision == .streaming && range.endPrecision == .streaming)
        }
        let onBoundary = RollingRange(.hour, at: EventTime(microseconds: 5 * Self.hour), layout: layout) { _ in false }
        #expect(onBoundary.end.microseconds == 5 * Self.hour && onBoundary.start.microseconds == 4 * Self.hour)
    }

    @Test func thePiecesTileTheRangeAndAreFew() {
        var random = SplitMix64(seed: 2)
        for _ in 0..<2000 {
            let span = RollingSpan.allCases[Int(random.next() % 4)]
            let draw = random.next()
            let range = RollingRange(span, at: moment(&random), layout: layout) { window in
                window.type == .hourly ? draw & 1 == 1 : draw & 2 == 2
            }
            let pieces = range.pieces(layout)
            #expect(pieces.first?.start ?? range.start == range.start && pieces.last?.end ?? range.end == range.end)
            #expect(zip(pieces, pieces.dropFirst()).allSatisfy { $0.end == $1.start })
            for piece in pieces {
                let length = piece.end.microseconds - piece.start.microseconds
                if piece.type == .streaming {
                    #expect(length > 0 && length < Self.hour && length % layout.paneLength == 0)
                } else {
                    #expect(layout.window(piece.type, holding: piece.start).start == piece.start)
                    #expect(length == layout.length(of: piece.type))
                }
            }
            #expect(pieces.count { $0.type == .streaming } <= 2)
            #expect(pieces.count { $0.type == .hourly } <= 46 && pieces.count { $0.type == .daily } <= 30)
        }
    }

    @Test func edgesWithinCompactedTimeAreRoundedDownToWhatIsKept() {
        let base = EventTime(microseconds: 100 * Self.day)
        let moment = base.advanced(byMicroseconds: 10 * Self.hour + 34 * 60_000_000)
        // Hours before 09:00 have lost their panes, days before `base` their hours.
        let range = RollingRange(.day, at: moment, layout: layout) { window in
            window.type == .hourly
                ? window.start < base.advanced(byMicroseconds: 9 * Self.hour) : window.start < base
        }
        #expect(range.endPrecision == .streaming && range.end == moment)
        #expect(range.startPrecision == .daily && range.start == base.advanced(byMicroseconds: -Self.day))
        let hours = RollingRange(.day, at: moment, layout: layout) { window in window.type == .hourly }
        #expect(hours.startPrecision == .hourly && hours.endPrecision == .hourly)
        #expect(hours.end == base.advanced(byMicroseconds: 10 * Self.hour))
        #expect(hours.end.microseconds - hours.start.microseconds == Self.day)
    }
}
