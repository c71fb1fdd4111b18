/// Every bound of a journal, in one place.
public struct JournalLimits: Sendable, Hashable {
    /// A segment that has grown this large is closed, and the next one begun. Space is given back by whole segments.
    public var segmentBytes = 256 << 20
    /// Bytes of payload in one read, unless a single frame is larger.
    public var readBytes = 8 << 20

    public init() {}
}
