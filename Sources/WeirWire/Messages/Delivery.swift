import WeirCore

/// Ingest → worker: the next parts of the ingest's stream to this worker, or none, to report progress.
public struct Delivery: Sendable, Equatable {
    public var epoch: Epoch
    public var ingest: NodeName
    /// What ``through`` was in the delivery before; none at the start of a stream.
    public var previous: FrameSequence
    /// Parts in ascending order of sequence.
    public var parts: [Part]
    /// Every part for this worker up to here has been delivered.
    public var through: FrameSequence
    /// Newest event time in the ingest's frames up to ``through``; nil while it has had no event.
    public var newest: EventTime?
    /// Whether the ingest had no event for `idle_timeout_ms`, and ``through`` is its last frame.
    public var isIdle: Bool

    public struct Part: Sendable, Equatable {
        public var sequence: FrameSequence
        /// An encoded ``FramePart``.
        public var bytes: [UInt8]

        public init(sequence: FrameSequence, bytes: [UInt8]) {
            self.sequence = sequence
            self.bytes = bytes
        }
    }

    public init(
        epoch: Epoch,
        ingest: NodeName,
        previous: FrameSequence,
        parts: [Part],
        through: FrameSequence,
        newest: EventTime?,
        isIdle: Bool
    ) {
        self.epoch = epoch
        self.ingest = ingest
        self.previous = previous
        self.parts = parts
        self.through = through
        self.newest = newest
        self.isIdle = isIdle
    }
}

/// Worker → ingest.
public enum DeliveryReply: Sendable, Equatable {
    /// Everything up to here has been applied (or had been before).
    case applied(through: FrameSequence)
    /// The worker knows another epoch.
    case wrongEpoch(Epoch)
    /// The delivery does not follow what the worker has; it expects this `previous`.
    case gap(expected: FrameSequence)
    /// The worker waits for other ingests to replay what it must know before it counts. Send again.
    case notReady
}

extension Delivery {
    public var encoded: [UInt8] {
        encodeMessage(reserving: parts.reduce(96) { $0 + $1.bytes.count + 16 }) { writer in
            writer.epoch(epoch)
            writer.name(ingest)
            writer.sequence(previous)
            writer.sequence(through)
            writer.optionalTime(newest)
            writer.flag(isIdle)
            writer.count(parts.count)
            for part in parts {
                writer.sequence(part.sequence)
                writer.blob(part.bytes)
            }
        }
    }

    public init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        self = try decodeMessage(bytes) { reader throws(DecodingFailure) in
            let epoch = try reader.epoch()
            let ingest = try reader.name()
            let previous = try reader.sequence()
            let through = try reader.sequence()
            let newest = try reader.optionalTime()
            let isIdle = try reader.flag()
            var parts: [Part] = []
            for _ in 0..<(try reader.count(each: 2)) {
                parts.append(Part(sequence: try reader.sequence(), bytes: try reader.blob()))
            }
            return Delivery(
                epoch: epoch,
                ingest: ingest,
                previous: previous,
                parts: parts,
                through: through,
                newest: newest,
                isIdle: isIdle
            )
        }
    }
}

extension DeliveryReply {
    public var encoded: [UInt8] {
        encodeMessage { writer in
            switch self {
            case .applied(let through):
                writer.byte(0)
                writer.sequence(through)
            case .wrongEpoch(let epoch):
                writer.byte(1)
                writer.epoch(epoch)
            case .gap(let expected):
                writer.byte(2)
                writer.sequence(expected)
            case .notReady:
                writer.byte(3)
            }
        }
    }

    public init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        self = try decodeMessage(bytes) { reader throws(DecodingFailure) in
            switch try reader.byte() {
            case 0: return .applied(through: try reader.sequence())
            case 1: return .wrongEpoch(try reader.epoch())
            case 2: return .gap(expected: try reader.sequence())
            case 3: return .notReady
            case let kind: throw .invalid("delivery reply kind \(kind)")
            }
        }
    }
}
