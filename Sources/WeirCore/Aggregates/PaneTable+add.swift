// The way of events into the aggregates of their panes: the hot loops of every worker, here and in `WindowAggregate+add.swift`.
//
// A batch is sorted first, by pane and kind and then by stage, so that each aggregate gets all that is its own in one go: one check for
// sharing, and one loop over values of one kind, without a branch that depends on them. The sorts are counting sorts of row numbers, and
// no value is moved. `weir-bench`, loop `panes`: a fifth of what simdjson alone needs to read the event.
extension PaneTable {
    /// Adds some events of a batch. O(rows of the batch + panes and keys of those that are added).
    ///
    /// - Parameters:
    ///   - hashes: ``UUID128/hash64`` of the workflow id of each row.
    ///   - selected: the rows to add, each once; nil for all.
    public mutating func add(_ columns: EventColumns, hashes: [UInt64], selected: [Int32]? = nil) {
        var rows = PaneRows()
        swap(&rows, &self.rows)  // Its only owner, so that its room is used again.
        rows.begin(columns)
        let selected = selected ?? (0..<Int32(columns.count)).map { $0 }
        var pane = -1
        var start = EventTime(microseconds: 0)
        for row in selected {
            let time = columns.times[Int(row)]
            if pane < 0 || time < start || time.microseconds &- start.microseconds >= layout.paneLength {
                start = layout.pane(holding: time)
                pane = position(ofPane: start)
                rows.enter(pane)
            }
            rows.count(columns.kinds[Int(row)])
        }
        rows.sort(selected)
        for place in rows.panes.indices {
            aggregates[rows.panes[place]].add(columns, hashes: hashes, place, of: &rows)
        }
        eventCount &+= selected.count
        rows.end()
        swap(&rows, &self.rows)
    }
}
