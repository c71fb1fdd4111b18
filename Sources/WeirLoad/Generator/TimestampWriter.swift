import WeirCore

/// Writes event times as RFC 3339. Dates and times of day of recent seconds are kept as text, so that most events cost two copies.
struct TimestampWriter: Sendable {
    /// The forms that producers use, as often as in the golden sets.
    enum Form: Sendable {
        /// `2026-11-03T00:00:00.123456+00:00`
        case utcOffset
        /// `2026-11-03T00:00:00.123456Z`
        case zulu
        /// `2026-11-03T00:00:00.123+00:00`: cut to milliseconds.
        case milliseconds
        /// `2026-11-03T05:30:00.123456+05:30`
        case halfHourOffset

        /// By the lower six bits of a draw.
        @inline(__always)
        static func drawn(_ bits: UInt64) -> Form {
            switch bits & 63 {
            case 0..<46: .utcOffset
            case 46..<56: .zulu
            case 56..<60: .milliseconds
            default: .halfHourOffset
            }
        }
    }

    private static let ways = 64
    private static let textLength = 19
    private static let halfHourOffset: Int64 = 19_800

    /// Seconds whose text stands at the same place of ``texts``.
    private var seconds = [Int64](repeating: .min, count: ways)
    private var texts = [UInt8](repeating: 0, count: ways * textLength)

    /// Writes a moment. Returns what a reader makes of it: cut to milliseconds in that form.
    @inline(__always)
    mutating func write(_ time: EventTime, _ form: Form, into buffer: inout LineBuffer) -> EventTime {
        let (second, fraction) = Self.split(time.microseconds)
        switch form {
        case .utcOffset:
            writeSecond(second, into: &buffer)
            buffer.put(byte: 0x2E)
            buffer.putDigits(fraction, 6)
            buffer.put("+00:00")
        case .zulu:
            writeSecond(second, into: &buffer)
            buffer.put(byte: 0x2E)
            buffer.putDigits(fraction, 6)
            buffer.put("Z")
        case .milliseconds:
            writeSecond(second, into: &buffer)
            buffer.put(byte: 0x2E)
            buffer.putDigits(fraction / 1000, 3)
            buffer.put("+00:00")
            return time.advanced(byMicroseconds: -Int64(fraction % 1000))
        case .halfHourOffset:
            writeSecond(second + Self.halfHourOffset, into: &buffer)
            buffer.put(byte: 0x2E)
            buffer.putDigits(fraction, 6)
            buffer.put("+05:30")
        }
        return time
    }

    @inline(__always)
    private static func split(_ microseconds: Int64) -> (Int64, Int) {
        var second = microseconds / 1_000_000
        var fraction = microseconds % 1_000_000
        if fraction < 0 {
            fraction += 1_000_000
            second -= 1
        }
        return (second, Int(fraction))
    }

    @inline(__always)
    private mutating func writeSecond(_ second: Int64, into buffer: inout LineBuffer) {
        let way = Int(truncatingIfNeeded: second) & (Self.ways - 1)
        if seconds[way] != second { remember(second, way) }
        texts.withUnsafeBytes { texts in
            let from = way &* Self.textLength
            buffer.put(UnsafeRawBufferPointer(rebasing: texts[from..<from &+ Self.textLength]))
        }
    }

    private mutating func remember(_ second: Int64, _ way: Int) {
        let text = EventTime(microseconds: second * 1_000_000).description.utf8.prefix(Self.textLength)
        for (position, byte) in text.enumerated() { texts[way * Self.textLength + position] = byte }
        seconds[way] = second
    }
}
