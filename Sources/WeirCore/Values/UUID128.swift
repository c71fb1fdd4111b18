/// A UUID as two big-endian halves: ordered as its text is, 16 bytes, no reference.
public struct UUID128: Hashable, Sendable, BitwiseCopyable {
    /// Bytes 0…7, most significant first.
    public var high: UInt64
    /// Bytes 8…15, most significant first.
    public var low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static let zero = UUID128(high: 0, low: 0)

    /// The fixed 64-bit hash of this id (``XXHash64`` of its 16 bytes).
    @inlinable @inline(__always)
    public var hash64: UInt64 { XXHash64.hash(high.byteSwapped, low.byteSwapped) }
}

extension UUID128: Comparable {
    @inlinable
    public static func < (left: UUID128, right: UUID128) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

// MARK: - Text

extension UUID128 {
    /// Parses text of the form 8-4-4-4-12 in either case; nil for anything else. O(1), no allocation.
    @inlinable
    public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 36, let base = bytes.baseAddress else { return nil }
        guard base[8] == 0x2D, base[13] == 0x2D, base[18] == 0x2D, base[23] == 0x2D else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        var invalid: UInt8 = 0
        for offset in 0..<18 where offset != 8 && offset != 13 {
            let digit = Self.hexValue(base[offset])
            invalid |= digit
            high = high &<< 4 | UInt64(digit & 15)
        }
        for offset in 19..<36 where offset != 23 {
            let digit = Self.hexValue(base[offset])
            invalid |= digit
            low = low &<< 4 | UInt64(digit & 15)
        }
        guard invalid & 0x80 == 0 else { return nil }
        self.init(high: high, low: low)
    }

    /// Parses text of the form 8-4-4-4-12 in either case; nil for anything else.
    public init?(_ text: String) {
        var text = text
        guard let parsed = text.withUTF8({ UUID128(utf8: $0) }) else { return nil }
        self = parsed
    }

    /// 0…15, or 0x80 for a byte that is no hexadecimal digit.
    @inlinable @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8 {
        let digit = byte &- 0x30
        if digit < 10 { return digit }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : 0x80
    }
}

extension UUID128: CustomStringConvertible {
    /// Lower-case 8-4-4-4-12.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            func put(_ word: UInt64, digits: Int, from shift: Int) {
                for step in 0..<digits {
                    let nibble = UInt8(truncatingIfNeeded: word >> UInt64(shift - 4 * step)) & 15
                    buffer[position] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
                    position += 1
                }
            }
            func dash() {
                buffer[position] = 0x2D
                position += 1
            }
            put(high, digits: 8, from: 60)
            dash()
            put(high, digits: 4, from: 28)
            dash()
            put(high, digits: 4, from: 12)
            dash()
            put(low, digits: 4, from: 60)
            dash()
            put(low, digits: 12, from: 44)
            return 36
        }
    }
}
