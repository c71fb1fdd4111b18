/// The rows of a batch sorted by pane, and those of one pane sorted by stage. Used again for every batch, so that it has its room.
struct PaneRows: Sendable {
    /// Positions in the table of the panes that have rows, in order of first use.
    private(set) var panes: [Int] = []
    /// Payload rows, by row.
    private(set) var payloads: [Int32] = []
    /// Selected rows, by place of their pane in ``panes``, then in order of the batch; and where a pane's begin, with one more at the end.
    private(set) var order: [Int32] = []
    private(set) var starts: [Int32] = []

    /// Rows of STAGE_COMPLETED events of one pane, with their payload rows, by code of their stage; and where a code's begin, with one more
    /// at the end.
    private(set) var stageRows: [Int32] = []
    private(set) var stagePayloads: [Int32] = []
    private(set) var stageStarts: [Int32] = []

    /// Place of a pane in ``panes`` by its position in the table, -1 for none; place of a row's pane by row, -1 for rows that are not
    /// selected.
    private var places: [Int32] = []
    private var placeOfRow: [Int32] = []
    private var place: Int32 = -1

    /// Rows that are selected.
    var rowCount: Int { order.count }

    mutating func begin(_ count: Int) {
        panes.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        starts.append(0)
        if payloads.count < count {
            payloads = [Int32](repeating: 0, count: count)
            placeOfRow = payloads
        }
        counted = count
        place = -1
    }

    /// Rows of the batch.
    private var counted = 0

    /// The rows that follow belong to a pane.
    mutating func enter(_ pane: Int) {
        if pane >= places.count { places += repeatElement(-1, count: pane + 1 - places.count) }
        if places[pane] < 0 {
            places[pane] = Int32(truncatingIfNeeded: panes.count)
            panes.append(pane)
            starts.append(0)
        }
        place = places[pane]
    }

    @inline(__always)
    mutating func add(_ row: Int, payload: Int) {
        payloads[row] = Int32(truncatingIfNeeded: payload)
        placeOfRow[row] = place
        starts[Int(place) &+ 1] &+= 1
    }

    @inline(__always)
    mutating func skip(_ row: Int) { placeOfRow[row] = -1 }

    /// Sorts the rows by pane. O(rows + panes).
    mutating func sort() {
        for place in panes.indices { starts[place + 1] += starts[place] }
        let selected = Int(starts[panes.count])
        if order.count > selected { order.removeLast(order.count - selected) }
        if order.count < selected { order += repeatElement(0, count: selected - order.count) }
        let places = placeOfRow
        Self.place(places.span.extracting(0..<counted), from: starts, in: &order)
    }

    private static func place(_ places: Span<Int32>, from starts: [Int32], in order: inout [Int32]) {
        var next = starts
        var nextSpan = next.mutableSpan
        var sorted = order.mutableSpan
        for row in places.indices where places[row] >= 0 {
            let place = Int(places[row])
            sorted[Int(nextSpan[place])] = Int32(truncatingIfNeeded: row)
            nextSpan[place] &+= 1
        }
    }

    /// Sorts the STAGE_COMPLETED rows of a pane by stage. O(rows + stages).
    mutating func sortStages(of place: Int, _ columns: EventColumns) {
        let mine = Int(starts[place])..<Int(starts[place + 1])
        if stageRows.count < mine.count {
            stageRows = [Int32](repeating: 0, count: mine.count)
            stagePayloads = stageRows
        }
        stageStarts.removeAll(keepingCapacity: true)
        stageStarts += repeatElement(0, count: columns.stageKeys.count + 2)
        let (order, payloads) = (order, payloads)
        let rows = order.span.extracting(mine)
        Self.countStages(rows, payloads.span, columns, in: &stageStarts)
        Self.placeStages(rows, payloads.span, columns, from: &stageStarts, in: &stageRows, &stagePayloads)
    }

    /// Leaves where the rows of each code begin, one further on.
    private static func countStages(
        _ rows: Span<Int32>,
        _ payloads: Span<Int32>,
        _ columns: EventColumns,
        in starts: inout [Int32]
    ) {
        let codes = columns.stages.stage.span
        let kinds = columns.kinds.span
        var next = starts.mutableSpan
        for index in rows.indices {
            let row = Int(rows[index])
            guard kinds[row] == EventKind.stageCompleted.rawValue else { continue }
            next[Int(codes[Int(payloads[row])]) &+ 2] &+= 1
        }
        for code in 2..<next.count { next[code] &+= next[code &- 1] }
    }

    /// Moves each beginning to the end of the code's rows, which is the beginning of the next.
    private static func placeStages(
        _ rows: Span<Int32>,
        _ payloads: Span<Int32>,
        _ columns: EventColumns,
        from starts: inout [Int32],
        in sortedRows: inout [Int32],
        _ sortedPayloads: inout [Int32]
    ) {
        let codes = columns.stages.stage.span
        let kinds = columns.kinds.span
        var next = starts.mutableSpan
        var sorted = sortedRows.mutableSpan
        var sortedPayloads = sortedPayloads.mutableSpan
        for index in rows.indices {
            let row = Int(rows[index])
            guard kinds[row] == EventKind.stageCompleted.rawValue else { continue }
            let payload = payloads[row]
            let code = Int(codes[Int(payload)]) &+ 1
            sorted[Int(next[code])] = Int32(truncatingIfNeeded: row)
            sortedPayloads[Int(next[code])] = payload
            next[code] &+= 1
        }
    }

    /// Forgets where panes stood, because the table may not have them in the next batch.
    mutating func end() {
        for pane in panes { places[pane] = -1 }
    }
}
