import WeirCluster
import WeirCore
import WeirWire

/// The disk under an ingest's journal. It outlives the process; what was written and not synced may not.
///
/// Behaves as `WeirStorage.Journal`: an append that fails leaves nothing behind, a torn tail is cut on opening, whole segments are
/// trimmed, and the last position survives the trimming of every frame.
final class JournalDisk {
    private var frames: [JournalledFrame] = []
    /// Written, and not synced yet.
    private var unsynced: [JournalledFrame] = []
    private(set) var last = FrameSequence.none
    private(set) var newest: EventTime?
    /// Everything up to here was trimmed.
    private(set) var trimmedThrough = FrameSequence.none
    /// Virtual time until which appends fail.
    var failsUntil: Int64 = 0
    /// Frames in a segment, the unit of trimming.
    let segmentFrames: Int
    /// Frames that one read gives at most.
    let readFrames: Int

    init(segmentFrames: Int, readFrames: Int) {
        self.segmentFrames = segmentFrames
        self.readFrames = readFrames
    }

    func write(_ frames: [JournalledFrame]) { unsynced += frames }

    /// Makes durable what was written. Returns it.
    func sync() -> [JournalledFrame] {
        let synced = unsynced
        unsynced = []
        for frame in synced { keep(frame) }
        return synced
    }

    /// Takes back what was written and not synced, after a failure.
    func truncate() { unsynced = [] }

    /// The process has ended: of what was not synced a part from the front may have reached the disk.
    ///
    /// - Returns: frames that are durable though no one was told, and the number of those that are lost.
    func crash(using random: inout SplitMix64) -> (survived: [JournalledFrame], lost: Int) {
        let count = unsynced.isEmpty ? 0 : random.within(0...unsynced.count)
        let survived = Array(unsynced.prefix(count))
        let lost = unsynced.count - count
        unsynced = []
        for frame in survived { keep(frame) }
        return (survived, lost)
    }

    private func keep(_ frame: JournalledFrame) {
        precondition(frame.sequence > last, "frames are appended in order")
        frames.append(frame)
        last = frame.sequence
        newest = frame.newest
    }

    func read(from sequence: FrameSequence) -> [JournalledFrame] {
        var low = 0
        var high = frames.count
        while low < high {
            let middle = (low + high) / 2
            if frames[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return Array(frames[low...].prefix(readFrames))
    }

    /// Removes the first segments whose frames are all up to a sequence and older than a moment. Returns the number of frames.
    func trim(through sequence: FrameSequence, olderThan moment: EventTime) -> Int {
        var removed = 0
        // The last segment stays, as the one that is written to.
        while removed + segmentFrames < frames.count {
            let end = frames[removed + segmentFrames - 1]
            guard end.sequence <= sequence, end.newest.map({ $0 < moment }) ?? true else { break }
            removed += segmentFrames
        }
        if removed > 0 { trimmedThrough = frames[removed - 1].sequence }
        frames.removeFirst(removed)
        return removed
    }
}
