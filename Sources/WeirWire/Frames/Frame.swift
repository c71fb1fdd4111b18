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

    public struct Part: Sendable, Equatable {
        public var worker: Int
        public var bytes: [UInt8]

        public init(worker: Int, bytes: [UInt8]) {
            self.worker = worker
            self.bytes = bytes
        }
    }

    public init(receivedAt: WallTime, source: String, placement: UInt64, parts: [Part]) {
        self.receivedAt = receivedAt
        self.source = source
        self.placement = placement
        self.parts = parts
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
        return writer.bytes
    }

    public init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        self = try decodeWhole(bytes) { reader throws(DecodingFailure) in
            let version = try reader.byte()
            guard version == Self.formatVersion else {
                throw .version(found: Int(version), supported: Int(Self.formatVersion))
            }
            let receivedAt = try reader.time()
            let source = try reader.text()
            let placement = try reader.fixed(UInt64.self)
            var parts: [Part] = []
            for _ in 0..<(try reader.count(each: 2)) {
                parts.append(Part(worker: try reader.number(), bytes: try reader.blob()))
            }
            return Frame(receivedAt: receivedAt, source: source, placement: placement, parts: parts)
        }
    }
}
