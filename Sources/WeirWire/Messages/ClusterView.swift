import WeirCore

/// What a node must know of the cluster to do its part.
public struct ClusterView: Sendable, Equatable {
    public var epoch: Epoch
    public var placement: Placement
    /// Data URLs of the workers, in the order of ``Placement/workers``.
    public var workerURLs: [String]
    /// The committed watermark.
    public var watermark: EventTime?
    /// Frames of the asking ingest up to here are committed for every shard.
    public var committed: FrameSequence
    /// A running flush that waits for every ingest to say how far its journal goes.
    public var flush: UInt64?
    /// The asking ingest takes no further events.
    public var isDrained: Bool

    public init(
        epoch: Epoch,
        placement: Placement,
        workerURLs: [String],
        watermark: EventTime?,
        committed: FrameSequence,
        flush: UInt64?,
        isDrained: Bool = false
    ) {
        self.epoch = epoch
        self.placement = placement
        self.workerURLs = workerURLs
        self.watermark = watermark
        self.committed = committed
        self.flush = flush
        self.isDrained = isDrained
    }
}

/// What a worker takes over with an epoch: the view, and from where its shards count.
public struct Assignment: Sendable, Equatable {
    public var view: ClusterView
    /// For each ingest with committed input: its position by shard (all shards of the cluster). Rows up to it have been counted.
    public var positions: [NodeName: [FrameSequence]]

    public init(view: ClusterView, positions: [NodeName: [FrameSequence]]) {
        self.view = view
        self.positions = positions
    }
}

extension ClusterView {
    func encode(into writer: inout ByteWriter) {
        writer.epoch(epoch)
        placement.encode(into: &writer)
        writer.count(workerURLs.count)
        for url in workerURLs { writer.text(url) }
        writer.optionalTime(watermark)
        writer.sequence(committed)
        writer.flag(flush != nil)
        if let flush { writer.varint(flush) }
        writer.flag(isDrained)
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        epoch = try reader.epoch()
        placement = try Placement(decoding: &reader)
        workerURLs = []
        for _ in 0..<(try reader.count()) { workerURLs.append(try reader.text()) }
        guard workerURLs.count == placement.workers.count else { throw .invalid("URLs and workers differ in number") }
        watermark = try reader.optionalTime()
        committed = try reader.sequence()
        flush = try reader.flag() ? try reader.varint() : nil
        isDrained = try reader.flag()
    }
}

extension Assignment {
    func encode(into writer: inout ByteWriter) {
        view.encode(into: &writer)
        writer.count(positions.count)
        for (ingest, shards) in positions.sorted(by: { $0.key < $1.key }) {
            writer.name(ingest)
            writer.count(shards.count)
            for position in shards { writer.sequence(position) }
        }
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        view = try ClusterView(decoding: &reader)
        positions = [:]
        for _ in 0..<(try reader.count(each: 2)) {
            let ingest = try reader.name()
            var shards: [FrameSequence] = []
            for _ in 0..<(try reader.count()) { shards.append(try reader.sequence()) }
            guard shards.count == view.placement.shards else { throw .invalid("positions and shards differ in number") }
            positions[ingest] = shards
        }
    }
}
