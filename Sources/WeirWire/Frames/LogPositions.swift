import WeirCore

/// How much of a log, such as topics of Kafka, one reader of it has in its journal: the offset that it reads next, by partition.
///
/// They lie in the journal with the frames that hold the data, so that a crash neither skips nor repeats any.
public struct LogPositions: Sendable, Hashable {
    /// A partition of a log.
    public struct Partition: Sendable, Hashable, Comparable, CustomStringConvertible {
        public var topic: String
        public var number: Int32

        public init(topic: String, number: Int32) {
            self.topic = topic
            self.number = number
        }

        /// `topic[number]`.
        public var description: String { "\(topic)[\(number)]" }

        public static func < (left: Self, right: Self) -> Bool {
            (left.topic, left.number) < (right.topic, right.number)
        }
    }

    /// Who reads, such as the name of a consumer group: positions of one reader say nothing to another.
    public let reader: String
    /// ≥ 0.
    public private(set) var next: [Partition: Int64] = [:]

    public init(reader: String) {
        self.reader = reader
    }

    /// Notes that all before an offset is there. It never goes back.
    public mutating func advance(_ partition: Partition, to offset: Int64) {
        precondition(offset >= 0, "offsets of a log begin at 0")
        next[partition] = max(next[partition] ?? 0, offset)
    }

    /// Takes over what another has beyond this; all of it if that is another reader's.
    public mutating func advance(by other: LogPositions) {
        guard other.reader == reader else {
            self = other
            return
        }
        for (partition, offset) in other.next { advance(partition, to: offset) }
    }

    /// Those of some partitions.
    public func of(_ partitions: some Sequence<Partition>) -> LogPositions {
        var some = LogPositions(reader: reader)
        for partition in partitions { some.next[partition] = next[partition] }
        return some
    }
}

extension LogPositions {
    func encode(into writer: inout ByteWriter) {
        writer.text(reader)
        let topics = Dictionary(grouping: next.sorted { $0.key < $1.key }, by: \.key.topic).sorted { $0.key < $1.key }
        writer.count(topics.count)
        for (topic, partitions) in topics {
            writer.text(topic)
            writer.count(partitions.count)
            for (partition, offset) in partitions {
                writer.varint(UInt64(partition.number))
                writer.varint(UInt64(offset))
            }
        }
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        self.init(reader: try reader.text())
        for _ in 0..<(try reader.count(each: 2)) {
            let topic = try reader.text()
            for _ in 0..<(try reader.count(each: 2)) {
                guard let number = Int32(exactly: try reader.varint()), let offset = Int64(exactly: try reader.varint())
                else { throw .invalid("a partition or an offset of \(topic) is out of range") }
                advance(Partition(topic: topic, number: number), to: offset)
            }
        }
    }
}
