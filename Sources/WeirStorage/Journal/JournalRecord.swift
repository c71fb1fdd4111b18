import CCRC32C
import WeirCluster
import WeirCore
import WeirWire

/// How a frame lies in a segment, all numbers little-endian:
///
/// | bytes | what |
/// |---|---|
/// | 4 | length of the payload |
/// | 4 | CRC-32C of everything after this field |
/// | 8 | sequence |
/// | 8 | newest event time of the source so far, in microseconds; the smallest number for none |
/// | … | payload |
enum JournalRecord {
    static let headerBytes = 24
    /// Larger payloads are not written, and a larger length is a broken one.
    static let payloadBytesMax = 1 << 30
    private static let noTime = Int64.min

    static func append(_ frame: JournalledFrame, to buffer: inout [UInt8]) {
        precondition(frame.payload.count <= payloadBytesMax, "a frame is bounded by the bytes of a request")
        let start = buffer.count
        buffer.reserveCapacity(start + headerBytes + frame.payload.count)
        number(UInt64(frame.payload.count), 4, to: &buffer)
        number(0, 4, to: &buffer)
        number(frame.sequence.value, 8, to: &buffer)
        number(UInt64(bitPattern: frame.newest?.microseconds ?? noTime), 8, to: &buffer)
        buffer.append(contentsOf: frame.payload)
        buffer.withUnsafeMutableBytes { bytes in
            let crc = weir_crc32c(0, bytes.baseAddress! + start + 8, bytes.count - start - 8)
            bytes.storeBytes(of: crc.littleEndian, toByteOffset: start + 4, as: UInt32.self)
        }
    }

    /// What a header says.
    struct Header {
        var payloadBytes: Int
        var crc: UInt32
        var sequence: FrameSequence
        var newest: EventTime?

        /// Bytes of the whole record.
        var recordBytes: Int { JournalRecord.headerBytes + payloadBytes }
    }

    /// The header at an offset; nil when there is no room for one, or its length can't be.
    static func header(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Header? {
        guard offset + headerBytes <= bytes.count else { return nil }
        func load<Number: FixedWidthInteger & BitwiseCopyable>(_ at: Int, _: Number.Type) -> Number {
            Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + at, as: Number.self))
        }
        let length = Int(load(0, UInt32.self))
        guard length <= payloadBytesMax else { return nil }
        let newest = load(16, Int64.self)
        return Header(
            payloadBytes: length,
            crc: load(4, UInt32.self),
            sequence: FrameSequence(load(8, UInt64.self)),
            newest: newest == noTime ? nil : EventTime(microseconds: newest)
        )
    }

    /// The header of a whole record with the right checksum at an offset, else nil. O(bytes of the record).
    static func valid(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Header? {
        guard let header = header(bytes, at: offset), offset + header.recordBytes <= bytes.count else { return nil }
        let crc = weir_crc32c(0, bytes.baseAddress! + offset + 8, header.recordBytes - 8)
        return crc == header.crc ? header : nil
    }

    private static func number(_ value: UInt64, _ count: Int, to buffer: inout [UInt8]) {
        for index in 0..<count { buffer.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }
}
