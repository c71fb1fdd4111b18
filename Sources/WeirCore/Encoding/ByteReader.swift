/// Reads what ``ByteWriter`` wrote. Every length is checked against the bytes that are there before anything is allocated.
public struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    public private(set) var position = 0

    /// The bytes must stay valid while the reader is used.
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    public var remaining: Int { bytes.count - position }
    public var isAtEnd: Bool { position == bytes.count }

    public mutating func fixed<Number: FixedWidthInteger & BitwiseCopyable>(
        _: Number.Type = Number.self
    ) throws(DecodingFailure) -> Number {
        let size = MemoryLayout<Number>.size
        try need(size)
        let number = bytes.loadUnaligned(fromByteOffset: position, as: Number.self)
        position += size
        return Number(littleEndian: number)
    }

    public mutating func varint() throws(DecodingFailure) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            try need(1)
            let byte = bytes[position]
            position += 1
            if shift == 63, byte > 1 { throw .invalid("a varint exceeds 64 bits") }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
    }

    /// A count of things of which each takes at least `each` bytes of what remains.
    public mutating func count(each: Int = 1) throws(DecodingFailure) -> Int {
        let number = try varint()
        guard number <= UInt64(remaining / max(1, each)) else {
            throw .invalid("a count of \(number) exceeds the \(remaining) bytes that remain")
        }
        return Int(number)
    }

    /// A number ≥ 0 that counts nothing in the message.
    public mutating func number() throws(DecodingFailure) -> Int {
        guard let number = Int(exactly: try varint()) else { throw .invalid("a number exceeds 63 bits") }
        return number
    }

    /// How often something happened: at most 2⁴⁸, so that the sum of many can't overflow.
    public mutating func tally() throws(DecodingFailure) -> Int {
        let number = try number()
        guard number <= 1 << 48 else { throw .invalid("a count of \(number) exceeds 2⁴⁸") }
        return number
    }

    public mutating func signed() throws(DecodingFailure) -> Int64 {
        let number = try varint()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    public mutating func double() throws(DecodingFailure) -> Double {
        Double(bitPattern: try fixed())
    }

    public mutating func flag() throws(DecodingFailure) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        case let other: throw .invalid("a flag is \(other)")
        }
    }

    public mutating func byte() throws(DecodingFailure) -> UInt8 {
        try fixed(UInt8.self)
    }

    public mutating func uuid() throws(DecodingFailure) -> UUID128 {
        UUID128(high: try fixed(), low: try fixed())
    }

    public mutating func time() throws(DecodingFailure) -> EventTime {
        EventTime(microseconds: try fixed())
    }

    public mutating func text() throws(DecodingFailure) -> String {
        let raw = try slice(try count())
        guard let text = String(validating: raw, as: UTF8.self) else { throw .invalid("a text is not UTF-8") }
        return text
    }

    public mutating func blob() throws(DecodingFailure) -> [UInt8] {
        Array(try slice(try count()))
    }

    /// The next bytes, in place.
    public mutating func slice(_ count: Int) throws(DecodingFailure) -> UnsafeRawBufferPointer {
        try need(count)
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// A column of `count` elements as ``ByteWriter/column(_:)`` wrote it. One copy.
    public mutating func column<Element: BitwiseCopyable>(
        _ count: Int,
        of _: Element.Type = Element.self
    ) throws(DecodingFailure) -> [Element] {
        let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        if overflow || count < 0 { throw .invalid("a column of \(count) elements") }
        let raw = try slice(size)
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            if size > 0 {
                UnsafeMutableRawPointer(buffer.baseAddress!).copyMemory(from: raw.baseAddress!, byteCount: size)
            }
            initialized = count
        }
    }

    private func need(_ count: Int) throws(DecodingFailure) {
        if count > remaining { throw .truncated(needed: count, remaining: remaining) }
    }
}

/// Why bytes are not what they should be. Bytes from outside are data: this is thrown, and never a trap.
public enum DecodingFailure: Error, Sendable, Hashable, CustomStringConvertible {
    case truncated(needed: Int, remaining: Int)
    case invalid(String)
    case checksum(expected: UInt32, found: UInt32)
    /// Written by a version of the protocol that this build does not know.
    case version(found: Int, supported: Int)
    /// The other side could not read what it was sent, and says why; `by` is its version of the protocol.
    case refused(by: String, reason: String)

    public var description: String {
        switch self {
        case .truncated(let needed, let remaining): "truncated: \(needed) bytes needed, \(remaining) remain"
        case .invalid(let what): "invalid: \(what)"
        case .checksum(let expected, let found): "checksum \(found) instead of \(expected): the bytes were damaged"
        case .version(let found, let supported):
            "protocol version \(found), but this build knows version \(supported): "
                + (found > supported ? "upgrade this node first" : "upgrade the sender first")
        case .refused(let version, let reason):
            "the other side, which speaks protocol \(version), can't read it: \(reason)"
        }
    }
}
