import WeirConnectors
import WeirCore
import WeirWire

/// The events of Kafka's topics, from one offset to another, read without a group: nobody's position there is moved.
public struct KafkaReplay: ReplayReader {
    /// Which messages are read.
    public struct Span: Sendable {
        public var topics: [String]
        /// By partition, the first offset to read: those that are named are read alone. Nil for all partitions from their beginning, or
        /// from where the selection's time is.
        public var from: [Int32: Int64]?
        /// By partition, the offset before which reading ends; others are read to the end that they have when reading begins.
        public var until: [Int32: Int64]

        public init(topics: [String], from: [Int32: Int64]? = nil, until: [Int32: Int64] = [:]) {
            self.topics = topics
            self.from = from
            self.until = until
        }
    }

    /// What of a partition is read.
    public struct Reach: Sendable {
        public var partition: LogPositions.Partition
        /// Offsets that are there.
        public var extent: Range<Int64>
        /// Offsets that are read.
        public var range: Range<Int64>

        public var description: String {
            let asked = "\(partition): offsets \(range.lowerBound) to \(range.upperBound)"
            return asked + (extent.lowerBound > 0 ? "; what came before \(extent.lowerBound) was removed there" : "")
        }
    }

    private let reader: KafkaTopicReader
    public private(set) var reaches: [Reach]
    private let selector: LineSelector.Box
    /// Where reading ends before the end of a partition.
    private let until: [Int32: Int64]
    private var hasBegun = false
    private var bytesRead = 0

    /// Not known: offsets count messages.
    public var size: Int? { nil }

    /// Name of the client at the brokers, and of who reads in positions.
    private static let name = "replay"
    /// Bytes that are read at a time; a single larger message has room.
    private static let batchBytes = 256 << 10
    /// Wall clock: how long messages are waited for before it is looked whether all were read.
    private static let pollTimeout = Duration.milliseconds(100)
    /// By how much a message may be stamped earlier than its event: clocks differ.
    private static let skewMax = Duration.seconds(60)

    /// Asks the brokers what is there.
    public init(_ settings: KafkaSettings, _ span: Span, _ choice: ReplayChoice) throws {
        reader = try KafkaTopicReader(settings, password: try KafkaPassword(of: settings).read(), node: Self.name)
        selector = LineSelector.Box(choice)
        until = span.until
        reaches = []
        for topic in span.topics {
            let partitions = try reader.partitions(of: topic)
            for number in Set(span.from.map { Array($0.keys) } ?? []).union(span.until.keys)
            where !partitions.contains(where: { $0.number == number }) {
                throw ReplayFailure.source(topic, "it has no partition \(number), and \(partitions.count) in all")
            }
            let wanted = partitions.filter { span.from?[$0.number] != nil || span.from == nil }
            // An event is sent after it happened: those from a moment on are in messages from that moment on.
            let starts = try choice.selection.from.flatMap { span.from == nil ? $0 : nil }.map { from in
                try reader.offsets(at: from.advanced(byMicroseconds: -Self.skewMax.inMicroseconds), in: wanted)
            }
            for partition in wanted {
                let extent = try reader.extent(of: partition)
                let start = span.from?[partition.number] ?? starts.map { $0[partition] ?? extent.upperBound } ?? 0
                let end = min(span.until[partition.number] ?? .max, extent.upperBound)
                let first = max(start, extent.lowerBound)
                reaches.append(Reach(partition: partition, extent: extent, range: first..<max(first, end)))
            }
        }
    }

    public mutating func resume(at positions: ReplayPositions) {
        for index in reaches.indices {
            guard let next = positions[reaches[index].partition.description] else { continue }
            let range = reaches[index].range
            let first = max(Int64(clamping: next), range.lowerBound)
            reaches[index].range = first..<max(first, range.upperBound)
        }
    }

    public mutating func next() async throws -> ReplayUnit? {
        if !hasBegun {
            hasBegun = true
            try reader.read(
                Dictionary(uniqueKeysWithValues: reaches.map { ($0.partition, $0.range) }),
                toTheEndOf: Set(reaches.map(\.partition).filter { until[$0.number] == nil })
            )
        }
        while !reader.isAtEnd {
            var batch = KafkaBatch(group: Self.name)
            try reader.poll(Self.pollTimeout, into: &batch, upTo: Self.batchBytes)
            try Task.checkCancellation()
            await Task.yield()
            guard !batch.isEmpty else { continue }
            return unit(batch)
        }
        return nil
    }

    private mutating func unit(_ batch: KafkaBatch) -> ReplayUnit {
        let positions = batch.positions.next
        var unit = ReplayUnit(place: positions.keys.sorted().map(\.description).joined(separator: ", "))
        batch.body.withUnsafeBytes { selector.lines.take($0, into: &unit) }
        unit.positions = ReplayPositions(
            Dictionary(uniqueKeysWithValues: positions.map { ($0.key.description, UInt64($0.value)) })
        )
        bytesRead += batch.body.count
        unit.bytesRead = bytesRead
        return unit
    }
}
