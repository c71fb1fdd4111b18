import Foundation
import WeirCluster
import WeirCore
import WeirWire

/// A journal's directory as it is when opened, read from its first frame to its last and never changed: that of an ingest that runs, of
/// one that is gone, or a copy.
///
/// Segments are held open, so that frames which a running ingest trims meanwhile are still read. Used by one thread at a time.
public final class JournalReader {
    /// A frame and where its record lies.
    public struct Record: Sendable {
        public var frame: JournalledFrame
        public var path: String
        public var offset: Int
        /// Of the whole record.
        public var bytes: Int
    }

    /// Frames in order of sequence, and what is lost between them.
    public struct Read: Sendable {
        public var records: [Record] = []
        public var losses: [JournalLoss] = []
    }

    private struct Part {
        let segment: JournalSegment
        let size: Int
        let hasHeader: Bool
    }

    public let directory: String
    /// The first frame that a segment has room for: those before it were trimmed.
    public let first: FrameSequence
    /// Newest event time of what was trimmed; nil when nothing was, or nothing with an event.
    public let newestTrimmed: EventTime?
    /// Bytes of all segments.
    public let bytes: Int
    /// Bytes read so far.
    public private(set) var bytesRead = 0
    /// Bytes at the end that are no whole record: a write that was under way, or that a crash cut. Nothing in it had been acknowledged.
    /// Known at the end.
    public private(set) var tornBytes = 0

    private let limits: JournalLimits
    private var parts: ArraySlice<Part>
    /// In the first of the parts; nil before it was begun.
    private var position: Int?
    /// The last frame that was read or passed over.
    public private(set) var last: FrameSequence
    private var window: Int

    /// Opens the segments that are there, for reading alone. O(segments).
    public init(directory: String, limits: JournalLimits = JournalLimits()) throws(JournalFailure) {
        self.directory = directory
        self.limits = limits
        var parts: [Part] = []
        for name in try JournalSegment.names(in: directory) {
            let path = directory + "/" + name
            // One that is gone was trimmed since it was listed.
            guard let (segment, hasHeader) = try JournalSegment.openToRead(path) else { continue }
            parts.append(Part(segment: segment, size: try segment.size(), hasHeader: hasHeader))
        }
        guard let head = parts.first?.segment else { throw .noSegments(path: directory) }
        self.parts = parts[...]
        first = head.first
        newestTrimmed = head.newestBefore
        bytes = parts.reduce(0) { $0 + $1.size }
        last = FrameSequence(head.first.value - 1)
        window = limits.readBytes
    }

    /// Passes over frames up to a sequence, as far as that is possible without reading them. O(segments).
    public func skip(through sequence: FrameSequence) {
        while parts.count > 1, parts[parts.startIndex + 1].segment.first <= sequence.next {
            last = max(last, FrameSequence(parts[parts.startIndex + 1].segment.first.value - 1))
            bytesRead += parts[parts.startIndex].size
            leaveSegment()
        }
    }

    /// The next frames, about ``JournalLimits/readBytes`` of them; nil at the end.
    public func next() throws(JournalFailure) -> Read? {
        var found = Read()
        while found.records.isEmpty, found.losses.isEmpty {
            guard let part = parts.first else { return nil }
            try read(part, &found)
        }
        return found
    }

    private func read(_ part: Part, _ found: inout Read) throws(JournalFailure) {
        let path = part.segment.path
        let offset = position ?? begin(part, &found)
        guard offset < part.size else { return leaveSegment() }
        let bytes = try part.segment.read(offset..<min(part.size, offset + window))
        let below = parts.dropFirst().first?.segment.first
        let scan = bytes.withUnsafeBytes { bytes in
            JournalScan(bytes, from: 0, after: last, below: below) { header, at in
                let payload = bytes[(at + JournalRecord.headerBytes)..<(at + header.recordBytes)]
                found.records.append(
                    Record(
                        frame: JournalledFrame(
                            sequence: header.sequence,
                            newest: header.newest,
                            payload: [UInt8](payload)
                        ),
                        path: path,
                        offset: offset + at,
                        bytes: header.recordBytes
                    )
                )
                return true
            }
        }
        for gap in scan.gaps {
            found.losses.append(
                JournalLoss(
                    path: path,
                    offset: offset + gap.range.lowerBound,
                    bytes: gap.range.count,
                    after: gap.after,
                    reason: .broken
                )
            )
        }
        last = scan.last
        // Fewer bytes than were asked for: a running ingest has cut what it could not write whole.
        let isAtEnd = offset + bytes.count >= part.size || bytes.count < min(part.size - offset, window)
        let tail = bytes.count - scan.end
        position = offset + scan.end
        bytesRead += scan.end
        if isAtEnd {
            end(part, at: offset + scan.end, tail: tail, &found)
        } else {
            // A record that is larger than the window, or broken bytes.
            window = scan.end == 0 ? window * 2 : limits.readBytes
        }
    }

    /// Returns where the first record is.
    private func begin(_ part: Part, _ found: inout Read) -> Int {
        let path = part.segment.path
        if part.segment.first > last.next {
            found.losses.append(
                JournalLoss(path: path, offset: 0, bytes: 0, after: last, reason: .missing(before: part.segment.first))
            )
            last = FrameSequence(part.segment.first.value - 1)
        }
        bytesRead += min(part.size, JournalSegment.headerBytes)
        if !part.hasHeader, part.size > JournalSegment.headerBytes {
            found.losses.append(
                JournalLoss(path: path, offset: 0, bytes: JournalSegment.headerBytes, after: last, reason: .broken)
            )
        }
        return JournalSegment.headerBytes
    }

    /// What stands behind the last whole record is torn in the last segment; before others it is left over, or broken if frames are missing.
    private func end(_ part: Part, at offset: Int, tail: Int, _ found: inout Read) {
        bytesRead += tail
        if parts.count == 1 {
            tornBytes = tail
        } else if tail > 0, parts[parts.startIndex + 1].segment.first > last.next {
            found.losses.append(
                JournalLoss(path: part.segment.path, offset: offset, bytes: tail, after: last, reason: .broken)
            )
            // Told once: the next segment has nothing to add.
            last = FrameSequence(parts[parts.startIndex + 1].segment.first.value - 1)
        }
        leaveSegment()
    }

    private func leaveSegment() {
        parts.removeFirst()
        position = nil
        window = limits.readBytes
    }
}
