import WeirCore
import WeirWire

/// Cuts a batch in parts, one for each worker that owns a shard with rows in it.
enum FrameCutter {
    /// - Parameter part: the batch, with source lines of rows that may be too late and refused lines that already have a shard.
    /// - Returns: encoded parts by index of the worker; workers without rows are left out. O(rows).
    static func cut(_ part: FramePart, by placement: Placement) -> [Frame.Part] {
        guard !part.isEmpty else { return [] }
        guard placement.workers.count > 1 else { return [Frame.Part(worker: 0, bytes: part.encoded)] }
        var parts = [FramePart](repeating: FramePart(), count: placement.workers.count)
        var translations = [CodeTranslation](repeating: CodeTranslation(), count: placement.workers.count)
        var cursor = PayloadCursor()
        var lines = part.lines[...]
        for row in 0..<part.columns.count {
            let payload = cursor.next(part.columns.kinds[row])
            let hash = part.columns.workflowIDs[row].hash64
            let owner = placement.owners[ShardID.of(workflowHash: hash, shards: placement.shards).value]
            if let line = lines.first, line.row == row {
                parts[owner].lines.append(FramePart.RowLine(row: parts[owner].columns.count, bytes: line.bytes))
                lines.removeFirst()
            }
            parts[owner].columns.append(row, payload: payload, of: part.columns, translating: &translations[owner])
        }
        for refused in part.refused {
            parts[placement.owners[refused.shard.value % placement.shards]].refused.append(refused)
        }
        return parts.indices.filter { !parts[$0].isEmpty }.map { Frame.Part(worker: $0, bytes: parts[$0].encoded) }
    }

    /// Cuts a frame that was cut for another placement anew. O(rows of the frame).
    static func recut(_ frame: Frame, by placement: Placement) throws(DecodingFailure) -> [Frame.Part] {
        var whole = FramePart()
        for part in frame.parts { whole.append(try FramePart(decoding: part.bytes)) }
        return cut(whole, by: placement)
    }
}
