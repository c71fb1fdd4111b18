import Foundation
import Synchronization
import WeirCluster
import WeirCore
import WeirWire

/// An ingest's journal: frames in append-only segment files, on disk before anyone hears of them.
///
/// One thread appends and trims; any number may read. A torn tail is cut when the journal is opened; broken bytes between whole
/// records are copied to the folder `damaged`, reported, and passed over.
public final class Journal: Sendable {
    /// Bytes that could not be read as records, though whole records follow.
    public struct Damage: Sendable, Hashable, CustomStringConvertible {
        public var path: String
        public var offset: Int
        public var count: Int
        /// The last whole record before it.
        public var after: FrameSequence

        public var description: String {
            "\(path): \(count) bytes at \(offset), after frame \(after.value), are broken; they were set aside in the folder damaged"
        }
    }

    /// What opening found.
    public struct Recovery: Sendable {
        public var frames = 0
        public var bytes = 0
        /// Bytes of a last write that was not complete. Nothing in it had been acknowledged.
        public var cutBytes = 0
        public var damage: [Damage] = []
        /// What the frames have of the log that their ingest reads; nil when none says anything of one.
        public var positions: LogPositions?

        mutating func note(_ frame: UnsafeRawBufferPointer) {
            // A frame that can't be decoded is told of where its events would be needed.
            guard let found = try? Frame.positions(in: frame) else { return }
            if positions == nil { positions = found } else { positions!.advance(by: found) }
        }
    }

    /// Frames in order of sequence, and what was broken between them.
    public struct Read: Sendable {
        public var frames: [JournalledFrame] = []
        public var damage: [Damage] = []
    }

    public let directory: String
    public let limits: JournalLimits
    public let recovery: Recovery
    private let state: Mutex<State>

    private struct State {
        /// Never empty; the last one is written to.
        var extents: [JournalExtent]
        /// The last segment can't be trusted with more.
        var mustRotate = false
    }

    /// Opens the journal in a directory, which is created when missing.
    ///
    /// - Complexity: O(bytes of the journal): every checksum is verified.
    public init(directory: String, limits: JournalLimits = JournalLimits()) throws(JournalFailure) {
        self.directory = directory
        self.limits = limits
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .system(errno: errno, doing: "create directory", path: directory)
        }
        var recovery = Recovery()
        var extents: [JournalExtent] = []
        for segment in try Self.segments(in: directory) { extents.append(JournalExtent(segment)) }
        for index in extents.indices {
            let below = index + 1 < extents.count ? extents[index + 1].segment.first : nil
            try Self.recover(&extents[index], below: below, directory, &recovery)
        }
        if extents.isEmpty {
            let first = try JournalSegment.create(in: directory, first: FrameSequence.none.next, newest: nil)
            extents.append(JournalExtent(first))
        }
        self.recovery = recovery
        state = Mutex(State(extents: extents))
    }

    /// The last frame on disk.
    public var last: FrameSequence { state.withLock { $0.extents.last!.last } }
    /// Newest event time of the source up to the last frame.
    public var newest: EventTime? { state.withLock { $0.extents.last!.newest } }
    /// Bytes of all segments.
    public var bytes: Int { state.withLock { $0.extents.reduce(0) { $0 + $1.end } } }

    // MARK: - Writing

    /// Appends frames that follow the last one, and returns when they are on disk. On failure none of them is in the journal.
    public func append(_ frames: [JournalledFrame]) throws(JournalFailure) {
        guard !frames.isEmpty else { return }
        try rotateIfDue()
        let (segment, end, last) = state.withLock {
            ($0.extents.last!.segment, $0.extents.last!.end, $0.extents.last!.last)
        }
        precondition(frames[0].sequence > last, "frames are appended in order")
        var buffer: [UInt8] = []
        var offsets: [Int] = []
        for frame in frames {
            offsets.append(end + buffer.count)
            JournalRecord.append(frame, to: &buffer)
        }
        do throws(JournalFailure) {
            try segment.write(buffer, at: end)
            try segment.sync()
        } catch {
            // What a failed sync leaves behind is unknown: the next append begins a new segment, whose name says where this one ends.
            try? segment.truncate(to: end)
            state.withLock { $0.mustRotate = true }
            throw error
        }
        state.withLock { state in
            for (frame, offset) in zip(frames, offsets) {
                let header = JournalRecord.Header(
                    payloadBytes: frame.payload.count,
                    crc: 0,
                    sequence: frame.sequence,
                    newest: frame.newest
                )
                state.extents[state.extents.count - 1].add(header, at: offset)
            }
        }
    }

    private func rotateIfDue() throws(JournalFailure) {
        let (isDue, last, newest) = state.withLock { state in
            let extent = state.extents.last!
            return (state.mustRotate || extent.end >= limits.segmentBytes, extent.last, extent.newest)
        }
        guard isDue else { return }
        let segment = try JournalSegment.create(in: directory, first: last.next, newest: newest)
        state.withLock { state in
            // A segment without records has the same name as its successor, which has replaced it.
            if state.extents.last!.segment.first == segment.first { state.extents.removeLast() }
            state.extents.append(JournalExtent(segment))
            state.mustRotate = false
        }
    }

    /// Removes segments whose frames are all up to a sequence and older than a moment. Returns the bytes given back.
    @discardableResult
    public func trim(through sequence: FrameSequence, olderThan moment: EventTime) throws(JournalFailure) -> Int {
        let removed = state.withLock { state in
            var removed: [JournalExtent] = []
            while state.extents.count > 1, let first = state.extents.first, first.last <= sequence,
                first.newest.map({ $0 < moment }) ?? true
            {
                removed.append(state.extents.removeFirst())
            }
            return removed
        }
        guard !removed.isEmpty else { return 0 }
        for extent in removed {
            guard unlink(extent.segment.path) == 0 || errno == ENOENT else {
                throw .system(errno: errno, doing: "remove", path: extent.segment.path)
            }
        }
        try JournalSegment.syncDirectory(directory)
        return removed.reduce(0) { $0 + $1.end }
    }

    // MARK: - Reading

    /// The next frames from a sequence on, about ``JournalLimits/readBytes`` of them; none at the end. A sequence that was trimmed
    /// continues with the first frame that is there.
    public func read(from sequence: FrameSequence) throws(JournalFailure) -> Read {
        var from = sequence
        var found = Read()
        while found.frames.isEmpty,
            let extent = state.withLock({ state in state.extents.first { $0.last >= from } })
        {
            try read(from: from, in: extent, &found)
            // A segment of which nothing more can be read: go on after it.
            if found.frames.isEmpty { from = extent.last.next }
        }
        return found
    }

    private func read(
        from sequence: FrameSequence,
        in extent: JournalExtent,
        _ found: inout Read
    ) throws(JournalFailure) {
        var offset = extent.offset(atOrBefore: sequence)
        var window = limits.readBytes
        while found.frames.isEmpty, offset < extent.end {
            let range = offset..<min(extent.end, offset + window)
            let bytes = try extent.segment.read(range)
            let scan = bytes.withUnsafeBytes { bytes in
                JournalScan(bytes, from: 0, after: FrameSequence(extent.segment.first.value - 1)) { header, at in
                    if header.sequence >= sequence {
                        let payload = bytes[(at + JournalRecord.headerBytes)..<(at + header.recordBytes)]
                        found.frames.append(
                            JournalledFrame(
                                sequence: header.sequence,
                                newest: header.newest,
                                payload: [UInt8](payload)
                            )
                        )
                    }
                    return true
                }
            }
            for gap in scan.gaps {
                found.damage.append(
                    Damage(
                        path: extent.segment.path,
                        offset: offset + gap.range.lowerBound,
                        count: gap.range.count,
                        after: gap.after
                    )
                )
            }
            if range.upperBound == extent.end { break }
            if scan.end == 0 { window *= 2 }  // A record that is larger than the window, or broken bytes.
            offset += scan.end
        }
    }

    // MARK: - Recovery

    private static func segments(in directory: String) throws(JournalFailure) -> [JournalSegment] {
        let names = try JournalSegment.names(in: directory)
        var segments: [JournalSegment] = []
        for name in names {
            let path = directory + "/" + name
            if let segment = try JournalSegment.open(path) {
                guard JournalSegment.name(first: segment.first) == name else {
                    throw .notASegment(path: path, reason: "its name and its header differ")
                }
                segments.append(segment)
            } else if name == names.last {
                unlink(path)  // A crash came between its creation and its header: it holds nothing.
            } else {
                throw .notASegment(path: path, reason: "its header is broken, and segments follow")
            }
        }
        return segments
    }

    private static func recover(
        _ extent: inout JournalExtent,
        below: FrameSequence?,
        _ directory: String,
        _ recovery: inout Recovery
    ) throws(JournalFailure) {
        let size = try extent.segment.size()
        guard let address = mmap(nil, max(size, 1), PROT_READ, MAP_PRIVATE, extent.segment.descriptor, 0),
            address != MAP_FAILED
        else { throw .system(errno: errno, doing: "map", path: extent.segment.path) }
        defer { munmap(address, max(size, 1)) }
        let bytes = UnsafeRawBufferPointer(start: address, count: size)
        var recovered = extent
        let scan = JournalScan(bytes, from: JournalSegment.headerBytes, after: recovered.last, below: below) {
            recovered.add($0, at: $1)
            recovery.frames += 1
            let payload = $1 + JournalRecord.headerBytes..<$1 + $0.recordBytes
            recovery.note(UnsafeRawBufferPointer(rebasing: bytes[payload]))
            return true
        }
        recovery.bytes += scan.end
        for gap in scan.gaps {
            try setAside(bytes[gap.range], of: extent.segment, at: gap.range.lowerBound, directory)
            recovery.damage.append(
                Damage(
                    path: extent.segment.path,
                    offset: gap.range.lowerBound,
                    count: gap.range.count,
                    after: gap.after
                )
            )
        }
        extent = recovered
        let tail = size - scan.end
        guard tail > 0 else { return }
        if below == nil {
            recovery.cutBytes = tail
            try extent.segment.truncate(to: scan.end)
            try extent.segment.sync()
        } else if extent.last.next != below {
            // Frames are missing up to the next segment: this is no torn tail.
            try setAside(bytes[scan.end...], of: extent.segment, at: scan.end, directory)
            recovery.damage.append(
                Damage(path: extent.segment.path, offset: scan.end, count: tail, after: extent.last)
            )
        }
    }

    private static func setAside(
        _ bytes: Slice<UnsafeRawBufferPointer>,
        of segment: JournalSegment,
        at offset: Int,
        _ directory: String
    ) throws(JournalFailure) {
        let folder = directory + "/damaged"
        let path = folder + "/" + JournalSegment.name(first: segment.first) + "-\(offset)"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        } catch {
            throw .system(errno: errno, doing: "set broken bytes aside in", path: path)
        }
    }
}
