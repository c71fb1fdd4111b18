/// Builds binary messages: little-endian fixed-width integers, LEB128 varints, length-prefixed texts.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    /// Whether sets are written in order, so that equal values are equal bytes. Without it they are written as they lie: for a reader
    /// that merges them, who does not mind, and a writer that is spared the sorting.
    let isCanonical: Bool

    public init(isCanonical: Bool = true) {
        self.isCanonical = isCanonical
    }

    public var count: Int { bytes.count }

    public mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(bytes.count + count)
    }

    /// An integer in little-endian order.
    @inlinable
    public mutating func fixed<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { append($0) }
    }

    /// An unsigned integer in 1 to 10 bytes.
    public mutating func varint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A count or index ≥ 0.
    public mutating func count(_ number: Int) {
        varint(UInt64(number))
    }

    /// A signed integer, zigzag.
    public mutating func signed(_ number: Int64) {
        varint(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    }

    public mutating func double(_ number: Double) {
        fixed(number.bitPattern)
    }

    public mutating func flag(_ flag: Bool) {
        bytes.append(flag ? 1 : 0)
    }

    public mutating func byte(_ byte: UInt8) {
        bytes.append(byte)
    }

    public mutating func uuid(_ id: UUID128) {
        fixed(id.high)
        fixed(id.low)
    }

    public mutating func time(_ time: EventTime) {
        fixed(time.microseconds)
    }

    /// A length and that many bytes of UTF-8.
    public mutating func text(_ text: String) {
        count(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    /// A length and that many bytes.
    public mutating func blob(_ blob: [UInt8]) {
        count(blob.count)
        bytes.append(contentsOf: blob)
    }

    /// Bytes without a length.
    public mutating func raw(_ raw: some Collection<UInt8>) {
        bytes.append(contentsOf: raw)
    }

    /// A column: its elements' bytes as they lie in memory, little-endian, without a length. One copy.
    public mutating func column<Element: BitwiseCopyable>(_ elements: [Element]) {
        elements.withUnsafeBytes { append($0) }
    }

    /// Some elements of a column, by their positions, as ``column(_:)`` writes all. Hot: once an event and column.
    mutating func column<Element: BitwiseCopyable>(_ elements: [Element], at positions: ArraySlice<Int32>) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: positions.count * MemoryLayout<Element>.stride))
        bytes.withUnsafeMutableBytes { bytes in
            elements.withUnsafeBufferPointer { elements in
                guard var place = bytes.baseAddress.map({ $0 + start }) else { return }
                for position in positions {
                    place.storeBytes(of: elements[Int(position)], as: Element.self)
                    place += MemoryLayout<Element>.stride
                }
            }
        }
    }

    @usableFromInline
    mutating func append(_ raw: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: raw)
    }
}
