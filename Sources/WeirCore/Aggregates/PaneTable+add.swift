// The way of events into the aggregates of their panes: the hot loops of every worker, here and in `WindowAggregate+add.swift`.
//
// A batch is sorted first, by pane and then by stage, so that each aggregate gets all that is its own in one go: one check for sharing, and
// one loop over values of one kind. Both are counting sorts of row numbers, and no value is moved.
extension PaneTable {
    /// Adds the events of a batch whose entry in `selected` is true. O(rows + panes and keys that they are of).
    ///
    /// - Parameters:
    ///   - hashes: ``UUID128/hash64`` of the workflow id of each row.
    ///   - selected: one entry a row; nil selects all.
    public mutating func add(_ columns: EventColumns, hashes: [UInt64], selected: [Bool]? = nil) {
        var rows = PaneRows()
        swap(&rows, &self.rows)  // Its only owner, so that its room is used again.
        rows.begin(columns.count)
        var cursor = PayloadCursor()
        var pane = -1
        var start = EventTime(microseconds: 0)
        for row in 0..<columns.count {
            let payload = cursor.next(columns.kinds[row])
            if let selected, !selected[row] {
                rows.skip(row)
                continue
            }
            let time = columns.times[row]
            if pane < 0 || time < start || time.microseconds &- start.microseconds >= layout.paneLength {
                start = layout.pane(holding: time)
                pane = position(ofPane: start)
                rows.enter(pane)
            }
            rows.add(row, payload: payload)
        }
        rows.sort()
        for place in rows.panes.indices {
            aggregates[rows.panes[place]].add(columns, hashes: hashes, place, of: &rows)
        }
        eventCount &+= rows.rowCount
        rows.end()
        swap(&rows, &self.rows)
    }
}
