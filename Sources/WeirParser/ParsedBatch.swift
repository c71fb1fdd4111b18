import WeirCore

/// What a parser made of some lines.
public struct ParsedBatch: Sendable {
    public var columns = EventColumns()
    public var quarantined: [QuarantinedLine] = []
    /// Where the line of each row stands in the bytes that were parsed.
    public var spans: [LineSpan] = []
    /// Lines that were not blank: rows and quarantined.
    public var lines = 0

    public init() {}

    /// Takes out everything, and keeps the room for as much.
    public mutating func removeAllKeepingRoom() {
        columns.removeAllKeepingRoom()
        quarantined.removeAll()
        spans.removeAll(keepingCapacity: true)
        lines = 0
    }
}

/// A line's place in a buffer, without its line end.
public struct LineSpan: Sendable, Hashable, BitwiseCopyable {
    public var offset: Int
    public var count: Int

    public init(offset: Int, count: Int) {
        self.offset = offset
        self.count = count
    }
}

/// Bounds of a parser.
public struct ParserLimits: Sendable, Hashable {
    /// Longest line in bytes; a longer one is quarantined as `too_large`.
    public var lineBytesMax = 1 << 20

    public init(lineBytesMax: Int = 1 << 20) {
        self.lineBytesMax = lineBytesMax
    }
}
