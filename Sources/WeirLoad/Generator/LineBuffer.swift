import WeirCore

#if canImport(Glibc)
    import Glibc
#endif

/// Bytes under construction. Room is made once a line with ``reserve(_:)``; writes do not check it.
public struct LineBuffer: ~Copyable {
    private(set) var start: UnsafeMutablePointer<UInt8>
    public private(set) var count = 0
    private var capacity: Int

    public init(capacity: Int) {
        self.capacity = capacity
        start = .allocate(capacity: capacity)
    }

    deinit { start.deallocate() }

    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    public mutating func removeAll() { count = 0 }

    mutating func cut(to length: Int) { count = length }

    /// Makes room for further bytes.
    @inline(__always)
    mutating func reserve(_ room: Int) {
        if count &+ room > capacity { grow(room) }
    }

    private mutating func grow(_ room: Int) {
        let larger = max(capacity * 2, count + room)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: start, count: count)
        start.deallocate()
        start = moved
        capacity = larger
    }

    // MARK: - Writes

    @inline(__always)
    mutating func put(byte: UInt8) {
        start[count] = byte
        count &+= 1
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        memcpy(start + count, text.utf8Start, text.utf8CodeUnitCount)
        count &+= text.utf8CodeUnitCount
    }

    @inline(__always)
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        memcpy(start + count, base, bytes.count)
        count &+= bytes.count
    }

    /// Lower-case 8-4-4-4-12.
    @inline(__always)
    mutating func put(_ id: UUID128) {
        let out = start + count
        Self.hex(id.high &>> 32, 8, out)
        out[8] = 0x2D
        Self.hex(id.high &>> 16, 4, out + 9)
        out[13] = 0x2D
        Self.hex(id.high, 4, out + 14)
        out[18] = 0x2D
        Self.hex(id.low &>> 48, 4, out + 19)
        out[23] = 0x2D
        Self.hex(id.low &>> 32, 4, out + 24)
        Self.hex(id.low, 8, out + 28)
        count &+= 36
    }

    /// A decimal number without leading zeros.
    @inline(__always)
    mutating func put(_ number: Int) {
        var digits = 1
        var bound = 10
        while number >= bound, digits < 18 {
            digits &+= 1
            bound &*= 10
        }
        putDigits(number, digits)
    }

    /// `units` / 10^places with all its places: 15820 with three is 15.820.
    @inline(__always)
    mutating func put(units: Int, places: Int, scale: Int) {
        put(units / scale)
        put(byte: 0x2E)
        putDigits(units % scale, places)
    }

    /// The lower `digits` digits, with leading zeros.
    @inline(__always)
    mutating func putDigits(_ number: Int, _ digits: Int) {
        var rest = number
        var position = digits
        while position > 0 {
            position &-= 1
            start[count &+ position] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count &+= digits
    }

    /// The lower 4 or 8 nibbles, four at a time: spread over bytes, then each byte 0…15 to its digit.
    @inline(__always)
    private static func hex(_ word: UInt64, _ digits: Int, _ out: UnsafeMutablePointer<UInt8>) {
        var nibbles: UInt64
        if digits == 8 {
            nibbles = word & 0xFFFF_FFFF
            nibbles = (nibbles | nibbles &<< 16) & 0x0000_FFFF_0000_FFFF
        } else {
            nibbles = word & 0xFFFF
        }
        nibbles = (nibbles | nibbles &<< 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles &<< 4) & 0x0F0F_0F0F_0F0F_0F0F
        // 1 in each byte above 9; a letter stands 0x27 further than a digit would.
        let letters = ((nibbles &+ 0x0606_0606_0606_0606) &>> 4) & 0x0101_0101_0101_0101
        let text = nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
        // The most significant nibble is the first digit.
        if digits == 8 {
            UnsafeMutableRawPointer(out).storeBytes(of: text.byteSwapped, as: UInt64.self)
        } else {
            UnsafeMutableRawPointer(out).storeBytes(of: UInt32(truncatingIfNeeded: text).byteSwapped, as: UInt32.self)
        }
    }
}
