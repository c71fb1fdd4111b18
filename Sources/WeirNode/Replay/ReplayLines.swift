/// Lines on their way to an ingest, one behind the other.
public struct ReplayLines: Sendable, Hashable {
    /// Each line with its end.
    public private(set) var bytes: [UInt8] = []
    /// Where each line ends in the bytes.
    private var ends: [Int] = []

    public init() {}

    public var count: Int { ends.count }
    public var isEmpty: Bool { ends.isEmpty }

    /// Adds a line. Line ends within it, which JSON has only between tokens, become spaces: a line is one event.
    mutating func add(_ line: some Sequence<UInt8>) {
        var place = bytes.count
        bytes.append(contentsOf: line)
        while let found = bytes[place...].firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
            bytes[found] = 0x20
            place = found + 1
        }
        bytes.append(0x0A)
        ends.append(bytes.count)
    }

    mutating func add(_ other: ReplayLines) {
        let base = bytes.count
        bytes += other.bytes
        for end in other.ends { ends.append(base + end) }
    }

    /// The lines in pieces, of which each has at most so many bytes and lines; a longer line is a piece of its own. O(bytes).
    func pieces(bytesMax: Int, linesMax: Int) -> [(bytes: [UInt8], lines: Int)] {
        var pieces: [(bytes: [UInt8], lines: Int)] = []
        var start = 0
        var first = 0
        for line in ends.indices {
            let isLast = line == ends.count - 1
            guard isLast || line - first + 1 >= linesMax || ends[line + 1] - start > bytesMax else { continue }
            pieces.append((Array(bytes[start..<ends[line]]), line - first + 1))
            start = ends[line]
            first = line + 1
        }
        return pieces
    }
}
