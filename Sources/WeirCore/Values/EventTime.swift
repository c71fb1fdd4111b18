/// A moment of event time: microseconds since 1970-01-01T00:00:00Z, negative before it. UTC without leap seconds.
public struct EventTime: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var microseconds: Int64

    @inlinable
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// 0001-01-01T00:00:00Z, the smallest time that an event may have (RFC 3339 years have four digits).
    public static let earliest = EventTime(microseconds: -62_135_596_800_000_000)
    /// 9999-12-31T23:59:59.999999Z, the largest time that an event may have.
    public static let latest = EventTime(microseconds: 253_402_300_799_999_999)

    @inlinable
    public static func < (left: EventTime, right: EventTime) -> Bool { left.microseconds < right.microseconds }

    /// This moment moved by a number of microseconds, saturating at the ends of `Int64`.
    @inlinable
    public func advanced(byMicroseconds delta: Int64) -> EventTime {
        let (sum, overflow) = microseconds.addingReportingOverflow(delta)
        return EventTime(microseconds: overflow ? (delta < 0 ? .min : .max) : sum)
    }
}

// MARK: - RFC 3339

extension EventTime {
    /// Parses RFC 3339: `T`, `t` or a space between date and time, up to nine fraction digits (cut to µs), `Z`, `z`, `±HH:MM`, or
    /// no offset for UTC; nil for anything else, for a day that the month lacks, and for a second of 60. O(1).
    @inlinable
    public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= 19, let base = bytes.baseAddress else { return nil }
        guard base[4] == 0x2D, base[7] == 0x2D, base[13] == 0x3A, base[16] == 0x3A,
            base[10] | 0x20 == 0x74 || base[10] == 0x20
        else { return nil }
        var invalid: UInt32 = 0
        let century = Self.twoDigits(base, 0, &invalid)
        let year = century &* 100 &+ Self.twoDigits(base, 2, &invalid)
        let month = Self.twoDigits(base, 5, &invalid)
        let day = Self.twoDigits(base, 8, &invalid)
        let hour = Self.twoDigits(base, 11, &invalid)
        let minute = Self.twoDigits(base, 14, &invalid)
        let second = Self.twoDigits(base, 17, &invalid)
        guard invalid == 0, year >= 1, month >= 1, month <= 12, day >= 1, hour < 24, minute < 60, second < 60,
            day <= Self.daysInMonth(year: year, month: month)
        else { return nil }

        var position = 19
        var fraction: UInt32 = 0
        if position < bytes.count, base[position] == 0x2E {
            position &+= 1
            let first = position
            var scale: UInt32 = 100_000
            while position < bytes.count, base[position] &- 0x30 < 10 {
                fraction &+= UInt32(base[position] &- 0x30) &* scale
                scale /= 10
                position &+= 1
            }
            let digits = position &- first
            guard digits >= 1, digits <= 9 else { return nil }
        }
        var offsetMinutes: Int64 = 0
        if position < bytes.count {
            switch base[position] {
            case 0x5A, 0x7A:
                position &+= 1
            case 0x2B, 0x2D:
                guard bytes.count == position &+ 6, base[position &+ 3] == 0x3A else { return nil }
                let hours = Self.twoDigits(base, position &+ 1, &invalid)
                let minutes = Self.twoDigits(base, position &+ 4, &invalid)
                guard invalid == 0, hours < 24, minutes < 60 else { return nil }
                offsetMinutes = Int64(hours &* 60 &+ minutes)
                if base[position] == 0x2D { offsetMinutes = -offsetMinutes }
                position &+= 6
            default:
                return nil
            }
        }
        guard position == bytes.count else { return nil }
        let days = Self.daysSinceEpoch(year: Int64(year), month: Int64(month), day: Int64(day))
        let seconds = days &* 86_400 &+ Int64(hour &* 3600 &+ minute &* 60 &+ second) &- offsetMinutes &* 60
        self.init(microseconds: seconds &* 1_000_000 &+ Int64(fraction))
        guard self >= Self.earliest, self <= Self.latest else { return nil }
    }

    /// Parses RFC 3339 as ``init(utf8:)`` does.
    public init?(_ text: String) {
        var text = text
        guard let parsed = text.withUTF8({ EventTime(utf8: $0) }) else { return nil }
        self = parsed
    }

    @inlinable @inline(__always)
    static func twoDigits(_ base: UnsafePointer<UInt8>, _ offset: Int, _ invalid: inout UInt32) -> UInt32 {
        let tens = UInt32(base[offset] &- 0x30)
        let ones = UInt32(base[offset &+ 1] &- 0x30)
        if tens > 9 || ones > 9 { invalid = 1 }
        return tens &* 10 &+ ones
    }

    @inlinable @inline(__always)
    static func daysInMonth(year: UInt32, month: UInt32) -> UInt32 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return 30 &+ ((month &+ (month &>> 3)) & 1)
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar. Source: Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms", `days_from_civil`.
    @inlinable @inline(__always)
    static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year &- 1 : year
        let era = (shifted >= 0 ? shifted : shifted &- 399) / 400
        let yearOfEra = shifted &- era &* 400
        let dayOfYear = (153 &* (month > 2 ? month &- 3 : month &+ 9) &+ 2) / 5 &+ day &- 1
        let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
        return era &* 146_097 &+ dayOfEra &- 719_468
    }
}

extension EventTime: CustomStringConvertible {
    /// RFC 3339 in UTC with `Z`; six fraction digits where the fraction is not zero.
    public var description: String {
        var days = microseconds / 86_400_000_000
        var rest = microseconds % 86_400_000_000
        if rest < 0 {
            rest += 86_400_000_000
            days -= 1
        }
        // Hinnant, `civil_from_days`.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let fraction = rest % 1_000_000
        let second = rest / 1_000_000
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let time = "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        return "\(date)T\(time)\(fraction == 0 ? "" : "." + padded(fraction, 6))Z"
    }
}
