import WeirCore

/// A batch as it is journalled: what one request brought, cut in parts by worker. The journal's record around it has its sequence,
/// its checksum and the newest event time that the source has shown so far.
public struct Frame: Sendable, Equatable {
    public static let formatVersion: UInt8 = 1

    /// Wall clock of the ingest.
    public var receivedAt: WallTime
    /// Where the batch came from: `nng`, `http`, a file, a topic.
    public var source: String
    /// ``Placement/fingerprint`` that the parts were cut by.
    public var placement: UInt64
    /// Encoded ``FramePart``s by index of the worker in the placement; those without rows are left out.
    public var parts: [Part]
    /// What the journal has of the log that the ingest reads, this frame included; nil where the frame says nothing of it. Who does
    /// not know the field takes the log up where its reader's group says.
    public var positions: LogPositions?

    public struct Part: Sendable, Equatable {
        public var worker: Int
        public var bytes: [UInt8]

        public init(worker: Int, bytes: [UInt8]) {
            self.worker = worker
            self.bytes = bytes
        }
    }

    public init(
        receivedAt: WallTime,
        source: String,
        placement: UInt64,
        parts: [Part],
        positions: LogPositions? = nil
    ) {
        self.receivedAt = receivedAt
        self.source = source
        self.placement = placement
        self.parts = parts
        self.positions = positions
    }

    public var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.reserve(parts.reduce(64 + source.utf8.count) { $0 + $1.bytes.count + 16 })
        writer.byte(Self.formatVersion)
        writer.time(receivedAt)
        writer.text(source)
        writer.fixed(placement)
        writer.count(parts.count)
        for part in parts {
            writer.count(part.worker)
            writer.blob(part.bytes)
        }
        if let positions { writer.field(Self.positionsTag) { positions.encode(into: &$0) } }
        return writer.bytes
    }

    private static let positionsTag: UInt64 = 1

    public init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        self = try decodeWhole(bytes) { reader throws(DecodingFailure) in
            var frame = try Frame(head: &reader)
            for _ in 0..<(try reader.count(each: 2)) {
                frame.parts.append(Part(worker: try reader.number(), bytes: try reader.blob()))
            }
            return frame
        } field: { frame, tag, reader throws(DecodingFailure) in
            if tag == Self.positionsTag { frame.positions = try LogPositions(decoding: &reader) }
        }
    }

    /// The ``positions`` of an encoded frame, without a look into its parts. O(parts).
    public static func positions(in bytes: UnsafeRawBufferPointer) throws(DecodingFailure) -> LogPositions? {
        var reader = ByteReader(bytes)
        _ = try Frame(head: &reader)
        for _ in 0..<(try reader.count(each: 2)) {
            _ = try reader.number()
            _ = try reader.slice(try reader.count())
        }
        var positions: LogPositions?
        try reader.fields { tag, reader throws(DecodingFailure) in
            if tag == Self.positionsTag { positions = try LogPositions(decoding: &reader) }
        }
        return positions
    }

    /// Reads what stands before the parts.
    private init(head reader: inout ByteReader) throws(DecodingFailure) {
        let version = try reader.byte()
        guard version == Self.formatVersion else {
            throw .version(found: Int(version), supported: Int(Self.formatVersion))
        }
        self.init(
            receivedAt: try reader.time(),
            source: try reader.text(),
            placement: try reader.fixed(UInt64.self),
            parts: []
        )
    }
}
