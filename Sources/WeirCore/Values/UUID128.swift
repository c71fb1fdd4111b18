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
    /// Parses text of the form 8-4-4-4-12 in either case; nil for anything else. O(1), no allocation: all digits side by side,
    /// about 10 ns.
    @inlinable
    public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == 36, let base = UnsafeRawPointer(bytes.baseAddress) else { return nil }
        guard base.loadUnaligned(fromByteOffset: 8, as: UInt8.self) == 0x2D,
            base.loadUnaligned(fromByteOffset: 13, as: UInt8.self) == 0x2D,
            base.loadUnaligned(fromByteOffset: 18, as: UInt8.self) == 0x2D,
            base.loadUnaligned(fromByteOffset: 23, as: UInt8.self) == 0x2D
        else { return nil }
        func half(_ offset: Int) -> UInt64 {
            UInt64(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        let text = SIMD4<UInt64>(
            word(0),
            half(9) | half(14) &<< 32,
            half(19) | half(24) &<< 32,
            word(28)
        )
        // Bytes below 0x80 in all that follows, so that no addition carries into the next byte.
        let high = SIMD4<UInt64>(repeating: 0x8080_8080_8080_8080)
        let lower = text | SIMD4(repeating: 0x2020_2020_2020_2020)
        let isDigit =
            (text &+ SIMD4(repeating: 0x5050_5050_5050_5050)) & ~(text &+ SIMD4(repeating: 0x4646_4646_4646_4646))
        let isLetter =
            (lower &+ SIMD4(repeating: 0x1F1F_1F1F_1F1F_1F1F)) & ~(lower &+ SIMD4(repeating: 0x1919_1919_1919_1919))
        let isHex = (isDigit | isLetter) & high & ~text
        guard isHex == high else { return nil }
        // 0…15 by byte, the first digit lowest; then neighbours joined twice, to four bytes in the order of the text.
        var digits = (text & SIMD4(repeating: 0x0F0F_0F0F_0F0F_0F0F))
        let letters = (isLetter & high) &>> 7
        digits = digits &+ letters &+ (letters &<< 3)
        digits = ((digits &<< 4) | (digits &>> 8)) & SIMD4(repeating: 0x00FF_00FF_00FF_00FF)
        digits = (digits | (digits &>> 8)) & SIMD4(repeating: 0x0000_FFFF_0000_FFFF)
        digits = digits | (digits &>> 16)
        func joined(_ first: UInt64, _ second: UInt64) -> UInt64 {
            UInt64(UInt32(truncatingIfNeeded: first).byteSwapped) &<< 32
                | UInt64(UInt32(truncatingIfNeeded: second).byteSwapped)
        }
        self.init(high: joined(digits[0], digits[1]), low: joined(digits[2], digits[3]))
    }

    /// Parses text of the form 8-4-4-4-12 in either case; nil for anything else.
    public init?(_ text: String) {
        var text = text
        guard let parsed = text.withUTF8({ UUID128(utf8: $0) }) else { return nil }
        self = parsed
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
