import WeirCore
import WeirWire

/// The newest frames of the journal, in memory, with their parts as they go to workers: a contiguous run of sequences.
struct RecentFrames {
    struct Entry {
        var sequence: FrameSequence
        /// Newest event time of the source up to this frame.
        var newest: EventTime?
        var parts: [Frame.Part]
        var bytes: Int
    }

    private var entries: [Entry] = []
    /// Entries before this index were dropped and wait for compaction.
    private var head = 0
    private(set) var bytes = 0
    let bytesMax: Int

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The first sequence that is here; nil when there is none.
    var first: FrameSequence? { head < entries.count ? entries[head].sequence : nil }

    /// The frames from a sequence on, if it is here.
    func frames(from sequence: FrameSequence) -> ArraySlice<Entry>? {
        guard let first, sequence >= first, sequence <= entries[entries.count - 1].sequence else { return nil }
        return entries[(head + Int(sequence.value - first.value))...]
    }

    mutating func append(_ entry: Entry) {
        entries.append(entry)
        bytes += entry.bytes
        while bytes > bytesMax, head < entries.count - 1 { dropFirst() }
    }

    /// Drops frames up to and including a sequence.
    mutating func drop(through sequence: FrameSequence) {
        while let first, first <= sequence { dropFirst() }
    }

    mutating func removeAll() {
        entries.removeAll()
        head = 0
        bytes = 0
    }

    private mutating func dropFirst() {
        bytes -= entries[head].bytes
        entries[head].parts = []
        head += 1
        if head > 1024, head * 2 > entries.count {
            entries.removeSubrange(..<head)
            head = 0
        }
    }
}
