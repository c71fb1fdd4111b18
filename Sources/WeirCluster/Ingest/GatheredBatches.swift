import WeirCore
import WeirWire

/// Small batches of one source on their way into one frame.
struct GatheredBatches: Sendable {
    private var batches: [IngestBatch] = []
    /// Wall clock of the first; nil while there is none.
    private(set) var since: WallTime?
    private(set) var lineCount = 0

    var source: String? { batches.first?.source }

    mutating func add(_ batch: IngestBatch, at now: WallTime) {
        since = since ?? now
        lineCount += batch.lineCount
        batches.append(batch)
    }

    mutating func take() -> [IngestBatch] {
        defer { self = GatheredBatches() }
        return batches
    }
}

extension FramePart {
    /// Adds the rows and lines of another part. O(rows of the other); O(1) for the first.
    mutating func append(_ other: FramePart) {
        if isEmpty {
            self = other
            return
        }
        let base = columns.count
        var translation = CodeTranslation()
        var cursor = PayloadCursor()
        for row in 0..<other.columns.count {
            let payload = cursor.next(other.columns.kinds[row])
            columns.append(row, payload: payload, of: other.columns, translating: &translation)
        }
        lines += other.lines.map { RowLine(row: base + $0.row, bytes: $0.bytes) }
        refused += other.refused
    }
}
