/// Reads timestamps of events, of which each is most often of the same day as the one before and written in the same form: then one
/// comparison stands for the date, and the digits are read side by side. Everything else is left to ``EventTime/init(utf8:)``, so the
/// results are the same.
///
/// Hot: once an event (`weir-bench`, loop `parse`).
public struct TimestampReader: Sendable {
    /// The first eight bytes of the last date, and the four from its last hyphen to what separates it from the time of day.
    private var yearAndMonth: UInt64 = 0
    private var day: UInt32 = 0
    /// Microseconds of its midnight.
    private var midnight: Int64 = 0

    public init() {}

    /// The moment that a text names; nil for what is no RFC 3339 timestamp. O(1).
    @inline(__always)
    public mutating func read(_ text: UnsafeBufferPointer<UInt8>) -> EventTime? {
        let count = text.count
        guard count == 27 || count == 32, let base = UnsafeRawPointer(text.baseAddress),
            Self.word(base, 0) == yearAndMonth, Self.half(base, 7) == day
        else { return readAnew(text) }
        // `HH:MM:SS` and `.ffffff`, with 0 in place of `0`, `:` and `.`.
        let clock = Self.word(base, 11) ^ 0x3030_3A30_303A_3030
        let fraction = (Self.word(base, 18) &>> 8) ^ 0x0030_3030_3030_302E
        guard Self.areDigits(clock), clock & 0x0000_FF00_00FF_0000 == 0, Self.areDigits(fraction), fraction & 0xFF == 0,
            Self.isUTC(base, count)
        else { return readAnew(text) }
        let hour = Self.twoDigits(clock)
        let minute = Self.twoDigits(clock &>> 24)
        let second = Self.twoDigits(clock &>> 48)
        guard hour < 24, minute < 60, second < 60 else { return nil }
        let digits = fraction &>> 8
        let microseconds =
            Self.twoDigits(digits) &* 10_000 &+ Self.twoDigits(digits &>> 16) &* 100 &+ Self.twoDigits(digits &>> 32)
        let seconds = hour &* 3600 &+ minute &* 60 &+ second
        return EventTime(microseconds: midnight &+ seconds &* 1_000_000 &+ microseconds)
    }

    @inline(never)
    private mutating func readAnew(_ text: UnsafeBufferPointer<UInt8>) -> EventTime? {
        guard let time = EventTime(utf8: text), let base = UnsafeRawPointer(text.baseAddress) else { return nil }
        // The day as it is written there, whatever the offset: the fast way takes UTC alone.
        let midnight = UnsafeBufferPointer(rebasing: text[..<11])
        let written = [UInt8](midnight) + Array("00:00:00".utf8)
        if let start = written.withUnsafeBufferPointer({ EventTime(utf8: $0) }) {
            yearAndMonth = Self.word(base, 0)
            day = Self.half(base, 7)
            self.midnight = start.microseconds
        }
        return time
    }

    /// Whether a text of 27 bytes ends with `Z` or `z`, or one of 32 with `+00:00` or `-00:00`.
    @inline(__always)
    private static func isUTC(_ base: UnsafeRawPointer, _ count: Int) -> Bool {
        if count == 27 { return base.load(fromByteOffset: 26, as: UInt8.self) | 0x20 == 0x7A }
        let offset = word(base, 24) &>> 16
        return offset == 0x3030_3A30_302B || offset == 0x3030_3A30_302D
    }

    /// Whether every byte is 0…9.
    @inline(__always)
    private static func areDigits(_ bytes: UInt64) -> Bool {
        (bytes | (bytes &+ 0x0606_0606_0606_0606)) & 0xF0F0_F0F0_F0F0_F0F0 == 0
    }

    /// The number of which the lowest two bytes are the digits.
    @inline(__always)
    private static func twoDigits(_ bytes: UInt64) -> Int64 {
        Int64(truncatingIfNeeded: (bytes & 0xF) &* 10 &+ (bytes &>> 8) & 0xF)
    }

    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    private static func half(_ base: UnsafeRawPointer, _ offset: Int) -> UInt32 {
        UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
