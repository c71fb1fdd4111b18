import Glibc
import WeirWire

/// Messages of Kafka as the lines of one batch, with where each line came from.
///
/// A message is an event, or several as NDJSON. JSON that is broken over lines is put on one.
public struct KafkaBatch: Sendable {
    public typealias Partition = LogPositions.Partition

    /// Lines, each with its end.
    public private(set) var body: [UInt8] = []
    private var lines: [Line] = []
    private var partitions: [Partition] = []
    /// By partition: the offset after its last message.
    private var ends: [Int64] = []
    private let group: String

    private struct Line: Sendable {
        var partition: Int
        var offset: Int64
        /// Where it ends in the body.
        var end: Int
    }

    public init(group: String) {
        self.group = group
    }

    /// Whether it holds no messages, also none without lines.
    public var isEmpty: Bool { partitions.isEmpty }
    public var lineCount: Int { lines.count }

    /// What has been read when all of it is.
    public var positions: LogPositions {
        var positions = LogPositions(reader: group)
        for (partition, end) in zip(partitions, ends) { positions.advance(partition, to: end) }
        return positions
    }

    /// Where a line came from; nil beyond the last one.
    public func place(ofLine line: Int) -> (partition: Partition, offset: Int64)? {
        guard lines.indices.contains(line) else { return nil }
        return (partitions[lines[line].partition], lines[line].offset)
    }

    /// Adds a message, which may be empty. O(bytes), and O(partitions) when the partition is another one than that of the last message.
    public mutating func add(_ value: UnsafeRawBufferPointer, from partition: Partition, at offset: Int64) {
        let index = self.index(of: partition)
        ends[index] = offset + 1
        guard !Self.isBlank(value) else { return }
        guard let base = value.baseAddress, memchr(base, 0x0A, value.count) != nil else {
            return addLine(value, index, offset)
        }
        let parts = value.split(separator: 0x0A).map { UnsafeRawBufferPointer(rebasing: $0) }
            .filter { !Self.isBlank($0) }
        if parts.count == 1 || parts.allSatisfy(Self.isObject) {
            for part in parts { addLine(part, index, offset) }
        } else {
            addLine(value.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, index, offset)
        }
    }

    /// Takes out what came from some partitions. O(bytes).
    public mutating func drop(_ dropped: Set<Partition>) {
        guard partitions.contains(where: dropped.contains) else { return }
        var rest = KafkaBatch(group: group)
        for (partition, end) in zip(partitions, ends) where !dropped.contains(partition) {
            rest.partitions.append(partition)
            rest.ends.append(end)
        }
        var start = 0
        for line in lines {
            let partition = partitions[line.partition]
            if !dropped.contains(partition) {
                rest.body += body[start..<line.end]
                rest.lines.append(
                    Line(partition: rest.index(of: partition), offset: line.offset, end: rest.body.count)
                )
            }
            start = line.end
        }
        self = rest
    }

    private mutating func addLine(_ bytes: some Sequence<UInt8>, _ partition: Int, _ offset: Int64) {
        body.append(contentsOf: bytes)
        body.append(0x0A)
        lines.append(Line(partition: partition, offset: offset, end: body.count))
    }

    private mutating func index(of partition: Partition) -> Int {
        if let last = lines.last, partitions[last.partition] == partition { return last.partition }
        if let index = partitions.firstIndex(of: partition) { return index }
        partitions.append(partition)
        ends.append(0)
        return partitions.count - 1
    }

    private static func isBlank(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.allSatisfy(isSpace) }

    /// By its first and last byte: enough to tell an event from a piece of one.
    private static func isObject(_ line: UnsafeRawBufferPointer) -> Bool {
        line.first { !isSpace($0) } == UInt8(ascii: "{") && line.last { !isSpace($0) } == UInt8(ascii: "}")
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
