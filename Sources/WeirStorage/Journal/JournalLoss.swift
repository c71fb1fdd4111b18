import WeirWire

/// Frames of a journal that can't be read, and where they would have been.
public struct JournalLoss: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: Sendable, Hashable {
        /// Bytes that are no whole records, with whole ones after them.
        case broken
        /// No segment has the frames up to this one, which is there.
        case missing(before: FrameSequence)
        /// A record that has its checksum, and is no frame that this version reads.
        case undecodable(String)
    }

    /// The segment.
    public var path: String
    /// Where it begins in the segment, and how many bytes it is; none for what is missing.
    public var offset: Int
    public var bytes: Int
    /// The last whole record before it.
    public var after: FrameSequence
    public var reason: Reason

    public init(path: String, offset: Int, bytes: Int, after: FrameSequence, reason: Reason) {
        self.path = path
        self.offset = offset
        self.bytes = bytes
        self.after = after
        self.reason = reason
    }

    public var description: String {
        switch reason {
        case .broken: "\(path): \(bytes) bytes at \(offset), after frame \(after.value), are broken"
        case .missing(let before):
            "\(path): frames \(after.value + 1) to \(before.value - 1) are in no segment; is the copy complete?"
        case .undecodable(let why):
            "\(path): the frame at \(offset), after frame \(after.value), can't be decoded: \(why)"
        }
    }
}
