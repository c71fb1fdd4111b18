import WeirCore
import WeirWire

/// Cuts a batch in parts, one for each worker that owns a shard with rows in it.
///
/// Hot: once an event.
package enum FrameCutter {
    /// - Parameter part: the batch, with source lines of rows that may be too late and refused lines that already have a shard.
    /// - Returns: encoded parts by index of the worker; workers without rows are left out. O(rows).
    package static func cut(_ part: FramePart, by placement: Placement) -> [Frame.Part] {
        guard !part.isEmpty else { return [] }
        guard placement.workers.count > 1 else { return [Frame.Part(worker: 0, bytes: part.encoded)] }
        let workers = placement.workers.count
        let owners = placement.owners.map { Int32(truncatingIfNeeded: $0) }
        let owner = part.columns.workflowIDs.map { id in
            owners[ShardID.of(workflowHash: id.hash64, shards: owners.count).value]
        }
        let partition = EventPartition(part.columns, owners: workers, owner: owner)
        var lines = [[FramePart.RowLine]](repeating: [], count: workers)
        for line in part.lines {
            let rows = partition.rows(of: Int(owner[line.row]))
            let row = rows.partitioningIndex { $0 >= line.row } - rows.startIndex
            lines[Int(owner[line.row])].append(FramePart.RowLine(row: row, bytes: line.bytes))
        }
        var refused = [[FramePart.RefusedLine]](repeating: [], count: workers)
        for line in part.refused { refused[placement.owners[line.shard.value % placement.shards]].append(line) }
        return (0..<workers).compactMap { worker in
            guard !partition.rows(of: worker).isEmpty || !refused[worker].isEmpty else { return nil }
            let bytes = FramePart.encoded(
                worker,
                of: partition,
                in: part.columns,
                lines: lines[worker],
                refused: refused[worker]
            )
            return Frame.Part(worker: worker, bytes: bytes)
        }
    }

    /// Cuts a frame that was cut for another placement anew. O(rows of the frame).
    static func recut(_ frame: Frame, by placement: Placement) throws(DecodingFailure) -> [Frame.Part] {
        var whole = FramePart()
        for part in frame.parts { whole.append(try FramePart(decoding: part.bytes)) }
        return cut(whole, by: placement)
    }
}

extension ArraySlice {
    /// The first position whose element is on the far side; for elements that are on the near side up to some position. O(log n).
    fileprivate func partitioningIndex(where isFar: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if isFar(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
