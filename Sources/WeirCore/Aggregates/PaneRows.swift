/// Rows of a batch sorted by pane and kind, and those of one pane and kind sorted by stage. Used again for every batch, so that it has its
/// room.
struct PaneRows: Sendable {
    /// Positions in the table of the panes that have rows, in order of first use.
    private(set) var panes: [Int] = []
    /// Payload row, by row of the batch.
    private(set) var payloads: [Int32] = []
    /// The rows that were selected, by place of their pane in ``panes``, then by kind.
    private(set) var order: [Int32] = []
    /// Where those of a pane and kind begin in ``order``, with one more at the end.
    private var starts: [Int32] = []

    /// STAGE_COMPLETED rows of one pane by code of their stage, with their payload rows; and where a code's begin, with one more at the end.
    private(set) var stageRows: [Int32] = []
    private(set) var stagePayloads: [Int32] = []
    private(set) var stageStarts: [Int32] = []

    /// Place of a pane in ``panes`` by its position in the table, -1 for none.
    private var places: [Int32] = []
    /// Pane and kind of each row that was counted: four times the place, and the kind.
    private var keys: [Int32] = []
    private var place: Int32 = -1

    private static let kinds = EventKind.allCases.count

    /// Begins with a batch, of which nothing is selected yet. O(rows).
    mutating func begin(_ columns: EventColumns) {
        panes.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        starts.append(0)
        if payloads.count < columns.count { payloads = [Int32](repeating: 0, count: columns.count) }
        let kinds = columns.kinds.span
        var next = [Int32](repeating: 0, count: Self.kinds)
        var nextSpan = next.mutableSpan
        var payloadSpan = payloads.mutableSpan
        for row in kinds.indices {
            let kind = Int(kinds[row])
            payloadSpan[row] = nextSpan[kind]
            nextSpan[kind] &+= 1
        }
    }

    /// The rows that are counted next belong to a pane.
    mutating func enter(_ pane: Int) {
        if pane >= places.count { places += repeatElement(-1, count: pane + 1 - places.count) }
        if places[pane] < 0 {
            places[pane] = Int32(truncatingIfNeeded: panes.count)
            panes.append(pane)
            starts += repeatElement(0, count: Self.kinds)
        }
        place = places[pane]
    }

    /// Counts a row.
    @inline(__always)
    mutating func count(_ kind: UInt8) {
        let key = place &* Int32(Self.kinds) &+ Int32(kind)
        keys.append(key)
        starts[Int(key) &+ 1] &+= 1
    }

    /// Sorts the rows that were counted, in that order. O(rows + panes).
    mutating func sort(_ rows: [Int32]) {
        for key in 1..<starts.count { starts[key] += starts[key - 1] }
        if order.count < rows.count { order = [Int32](repeating: 0, count: rows.count) }
        let keys = keys
        Self.place(rows.span, by: keys.span, from: starts, in: &order)
    }

    private static func place(_ rows: Span<Int32>, by keys: Span<Int32>, from starts: [Int32], in order: inout [Int32])
    {
        var next = starts
        var nextSpan = next.mutableSpan
        var sorted = order.mutableSpan
        for index in rows.indices {
            let key = Int(keys[index])
            sorted[Int(nextSpan[key])] = rows[index]
            nextSpan[key] &+= 1
        }
    }

    /// Where the rows of a pane stand in ``order``.
    func range(of place: Int) -> Range<Int> {
        let first = place * Self.kinds
        return Int(starts[first])..<Int(starts[first + Self.kinds])
    }

    /// Where the rows of a pane and kind stand in ``order``.
    func range(of place: Int, _ kind: EventKind) -> Range<Int> {
        let key = place * Self.kinds + Int(kind.rawValue)
        return Int(starts[key])..<Int(starts[key + 1])
    }

    /// Sorts the STAGE_COMPLETED rows of a pane by stage. O(rows + stages).
    mutating func sortStages(of place: Int, _ columns: EventColumns) {
        let mine = range(of: place, .stageCompleted)
        if stageRows.count < mine.count {
            stageRows = [Int32](repeating: 0, count: mine.count)
            stagePayloads = stageRows
        }
        stageStarts.removeAll(keepingCapacity: true)
        stageStarts += repeatElement(0, count: columns.stageKeys.count + 2)
        let (order, payloads) = (order, payloads)
        Self.sort(
            order.span.extracting(mine),
            payloads.span,
            columns.stages.stage.span,
            from: &stageStarts,
            in: &stageRows,
            &stagePayloads
        )
    }

    private static func sort(
        _ rows: Span<Int32>,
        _ payloads: Span<Int32>,
        _ codes: Span<UInt32>,
        from starts: inout [Int32],
        in sortedRows: inout [Int32],
        _ sortedPayloads: inout [Int32]
    ) {
        // Counted two further on, and placed one further on: so each beginning moves to where the next code's rows begin.
        var next = starts.mutableSpan
        for index in rows.indices { next[Int(codes[Int(payloads[Int(rows[index])])]) &+ 2] &+= 1 }
        for code in 2..<next.count { next[code] &+= next[code &- 1] }
        var sorted = sortedRows.mutableSpan
        var sortedPayloads = sortedPayloads.mutableSpan
        for index in rows.indices {
            let row = rows[index]
            let payload = payloads[Int(row)]
            let code = Int(codes[Int(payload)]) &+ 1
            let target = Int(next[code])
            sorted[target] = row
            sortedPayloads[target] = payload
            next[code] &+= 1
        }
    }

    /// Forgets where panes stood, because the table may not have them in the next batch.
    mutating func end() {
        for pane in panes { places[pane] = -1 }
    }
}
