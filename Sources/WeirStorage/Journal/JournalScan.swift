import WeirCluster
import WeirWire

/// Walks over the records in bytes of a segment, past what is broken.
struct JournalScan {
    /// Where the last whole record ends.
    private(set) var end: Int
    /// Broken bytes with whole records after them.
    private(set) var gaps: [Gap] = []
    /// The sequence of the last whole record.
    private(set) var last: FrameSequence

    struct Gap: Equatable {
        var range: Range<Int>
        /// The last whole record before them.
        var after: FrameSequence
    }

    /// A record found after broken bytes may be this far ahead in sequence. A wider jump is taken for noise.
    private static let jumpMax: UInt64 = 1 << 24

    /// - Parameters:
    ///   - start: offset of the first record.
    ///   - after: the sequence before the first record.
    ///   - below: records from this sequence on are not part of the segment.
    ///   - visit: each whole record and its offset; false ends the walk.
    /// - Complexity: O(bytes).
    init(
        _ bytes: UnsafeRawBufferPointer,
        from start: Int,
        after: FrameSequence,
        below: FrameSequence? = nil,
        visit: (JournalRecord.Header, Int) -> Bool
    ) {
        end = start
        last = after
        var offset = start
        while offset < bytes.count {
            if let header = JournalRecord.valid(bytes, at: offset), header.sequence > last {
                if let below, header.sequence >= below { return }
                if offset > end { gaps.append(Gap(range: end..<offset, after: last)) }
                last = header.sequence
                offset += header.recordBytes
                end = offset
                guard visit(header, offset - header.recordBytes) else { return }
            } else {
                guard let next = Self.nextRecord(in: bytes, from: offset + 1, after: last) else { return }
                offset = next
            }
        }
    }

    /// The offset of the next whole record. Checksums are only computed where a sequence is plausible.
    private static func nextRecord(
        in bytes: UnsafeRawBufferPointer,
        from start: Int,
        after last: FrameSequence
    ) -> Int? {
        var offset = start
        while let header = headerIfAny(bytes, offset) {
            if let header, header.sequence > last, header.sequence.value - last.value <= jumpMax,
                JournalRecord.valid(bytes, at: offset) != nil
            {
                return offset
            }
            offset += 1
        }
        return nil
    }

    /// Nil at the end of the bytes; an inner nil where no header can be.
    private static func headerIfAny(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> JournalRecord.Header?? {
        guard offset + JournalRecord.headerBytes <= bytes.count else { return nil }
        return .some(JournalRecord.header(bytes, at: offset))
    }
}
