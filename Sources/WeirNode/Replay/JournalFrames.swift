import WeirCore
import WeirStorage
import WeirWire

/// The frames of one journal, decoded one after the other.
struct JournalFrames {
    /// A frame that is next, or what is lost where one should be.
    struct Head {
        /// Of the frame; a loss goes before everything.
        var receivedAt: WallTime
        var frame: Frame?
        var record: JournalReader.Record?
        var losses: [JournalLoss]
    }

    let reach: JournalReplay.Reach
    let reader: JournalReader
    /// Read, and not decoded.
    private var records: ArraySlice<JournalReader.Record> = []
    private var from = FrameSequence.none

    init(_ directory: String) throws(JournalFailure) {
        reader = try JournalReader(directory: directory)
        reach = JournalReplay.Reach(
            directory: directory,
            bytes: reader.bytes,
            first: reader.first.value,
            newestTrimmed: reader.newestTrimmed
        )
    }

    mutating func skip(before sequence: FrameSequence) {
        from = sequence
        if sequence > .none { reader.skip(through: FrameSequence(sequence.value - 1)) }
    }

    /// Nil at the end.
    mutating func next() throws -> Head? {
        while true {
            if let record = records.popFirst() {
                guard record.frame.sequence >= from else { continue }
                return Self.decoded(record)
            }
            guard let read = try reader.next() else {
                if from > reader.last.next { throw isAnother }
                return nil
            }
            records = read.records[...]
            let losses = read.losses.filter { $0.after.next >= from }
            if !losses.isEmpty { return Head(receivedAt: WallTime(microseconds: .min), losses: losses) }
        }
    }

    private var isAnother: ReplayFailure {
        .source(
            reach.directory,
            "the earlier run was at frame \(from.value), and frame \(reader.last.value) is its last: it is another journal; remove --state to send it from its beginning"
        )
    }

    private static func decoded(_ record: JournalReader.Record) -> Head {
        do throws(DecodingFailure) {
            let frame = try Frame(decoding: record.frame.payload)
            return Head(receivedAt: frame.receivedAt, frame: frame, record: record, losses: [])
        } catch {
            let loss = loss(of: record, error)
            return Head(receivedAt: WallTime(microseconds: .min), record: record, losses: [loss])
        }
    }

    private static func loss(of record: JournalReader.Record, _ failure: DecodingFailure) -> JournalLoss {
        JournalLoss(
            path: record.path,
            offset: record.offset,
            bytes: record.bytes,
            after: FrameSequence(record.frame.sequence.value - 1),
            reason: .undecodable(failure.description)
        )
    }

    /// What of a frame is sent again. O(rows).
    func unit(_ head: Head, _ choice: ReplayChoice) -> ReplayUnit {
        var unit = ReplayUnit(place: reach.directory)
        unit.losses = head.losses
        guard let record = head.record else { return unit }
        unit.place += ", frame \(record.frame.sequence.value)"
        unit.positions = ReplayPositions([reach.directory: record.frame.sequence.next.value])
        for part in head.frame?.parts ?? [] {
            do throws(DecodingFailure) {
                Self.take(try FramePart(decoding: part.bytes), choice, &unit)
            } catch {
                unit.losses.append(Self.loss(of: record, error))
            }
        }
        return unit
    }

    private static func take(_ part: FramePart, _ choice: ReplayChoice, _ unit: inout ReplayUnit) {
        let columns = part.columns
        var cursor = PayloadCursor()
        var lines = part.lines[...]
        for row in 0..<columns.count {
            let payload = cursor.next(columns.kinds[row])
            var source: [UInt8]?
            if let line = lines.first, line.row == row {
                source = line.bytes
                lines.removeFirst()
            }
            unit.take(columns.times[row], columns.workflowIDs[row], of: choice.selection) {
                source ?? columns.json(ofRow: row, payload: payload)
            }
        }
        for refused in part.refused { unit.take(refused.line, of: choice) }
    }
}
