import WeirCore
import WeirWire

/// What the journal knows of a segment's content.
struct JournalExtent: Sendable {
    let segment: JournalSegment
    /// The last record on disk; the sequence before the first while there is none.
    var last: FrameSequence
    /// Newest event time up to the last record.
    var newest: EventTime?
    /// Offset of the end of the last record.
    var end = JournalSegment.headerBytes
    /// Offsets of some records, ascending: one at least every 64 KiB, and one after each gap.
    private(set) var index: [(sequence: FrameSequence, offset: Int)] = []

    private static let indexBytes = 64 << 10

    init(_ segment: JournalSegment) {
        self.segment = segment
        last = FrameSequence(segment.first.value - 1)
        newest = segment.newestBefore
    }

    /// Takes in a record that lies at an offset at or after the end.
    mutating func add(_ header: JournalRecord.Header, at offset: Int) {
        if offset - (index.last?.offset ?? .min / 2) >= Self.indexBytes || offset != end {
            index.append((header.sequence, offset))
        }
        last = header.sequence
        newest = header.newest ?? newest
        end = offset + header.recordBytes
    }

    /// The offset of a record at or before a sequence, to look for it from there. O(log n).
    func offset(atOrBefore sequence: FrameSequence) -> Int {
        var low = 0
        var high = index.count
        while low < high {
            let middle = (low + high) / 2
            if index[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? index[low - 1].offset : JournalSegment.headerBytes
    }
}
