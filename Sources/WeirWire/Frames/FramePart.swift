import WeirCore

/// The rows of a batch that belong to one worker, with the refused lines that it reports to the store. The unit that travels: its
/// bytes are the same in the journal and on the wire.
public struct FramePart: Sendable, Equatable {
    public var columns: EventColumns
    /// Source lines of rows that may turn out too late, by row; ascending.
    public var lines: [RowLine]
    public var refused: [RefusedLine]

    public struct RowLine: Sendable, Equatable {
        public var row: Int
        public var bytes: [UInt8]

        public init(row: Int, bytes: [UInt8]) {
            self.row = row
            self.bytes = bytes
        }
    }

    /// A line that was quarantined on its way in. It counts as input of `shard`, so that it commits exactly once.
    public struct RefusedLine: Sendable, Equatable {
        public var shard: ShardID
        public var line: QuarantinedLine

        public init(shard: ShardID, line: QuarantinedLine) {
            self.shard = shard
            self.line = line
        }
    }

    public init(columns: EventColumns = EventColumns(), lines: [RowLine] = [], refused: [RefusedLine] = []) {
        self.columns = columns
        self.lines = lines
        self.refused = refused
    }

    public var isEmpty: Bool { columns.isEmpty && refused.isEmpty }
}

extension FramePart {
    public func encode(into writer: inout ByteWriter) {
        columns.encode(into: &writer)
        Self.encode(lines, refused, into: &writer)
    }

    /// The encoded part that holds the rows of one owner, with their lines and refused lines.
    ///
    /// - Parameter lines: with rows of the part.
    public static func encoded(
        _ owner: Int,
        of partition: EventPartition,
        in columns: EventColumns,
        lines: [RowLine],
        refused: [RefusedLine]
    ) -> [UInt8] {
        var writer = ByteWriter()
        columns.encode(owner, of: partition, into: &writer)
        encode(lines, refused, into: &writer)
        return writer.bytes
    }

    private static func encode(_ lines: [RowLine], _ refused: [RefusedLine], into writer: inout ByteWriter) {
        writer.count(lines.count)
        for line in lines {
            writer.count(line.row)
            writer.blob(line.bytes)
        }
        writer.count(refused.count)
        for refused in refused {
            writer.count(refused.shard.value)
            refused.line.encode(into: &writer)
        }
    }

    public init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        columns = try EventColumns(decoding: &reader)
        lines = []
        for _ in 0..<(try reader.count(each: 2)) {
            let row = try reader.number()
            guard row < columns.count else { throw .invalid("a line of row \(row) of \(columns.count)") }
            lines.append(RowLine(row: row, bytes: try reader.blob()))
        }
        refused = []
        for _ in 0..<(try reader.count(each: 4)) {
            let shard = ShardID(try reader.number())
            refused.append(RefusedLine(shard: shard, line: try QuarantinedLine(decoding: &reader)))
        }
    }

    public init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        self = try decodeWhole(bytes) { reader throws(DecodingFailure) in try FramePart(decoding: &reader) }
    }

    public var encoded: [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes
    }
}

extension QuarantineReason {
    static let wireOrder: [QuarantineReason] = [
        .malformedJSON, .unknownEventType, .validationError, .tooLarge, .tooLate,
    ]
}

extension QuarantinedLine {
    func encode(into writer: inout ByteWriter) {
        writer.byte(UInt8(QuarantineReason.wireOrder.firstIndex(of: reason)!))
        writer.text(detail)
        writer.count(line)
        writer.blob(bytes)
    }

    init(decoding reader: inout ByteReader) throws(DecodingFailure) {
        let code = Int(try reader.byte())
        guard code < QuarantineReason.wireOrder.count else { throw .invalid("quarantine reason \(code)") }
        self.init(
            reason: QuarantineReason.wireOrder[code],
            detail: try reader.text(),
            line: try reader.number(),
            bytes: try reader.blob()
        )
    }
}
