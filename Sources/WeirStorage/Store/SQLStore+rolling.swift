import PostgreSQL
import WeirCluster
import WeirCore

// Rolling windows, and what of the panes that they are merged from is kept.
extension SQLStore {
    /// The events of the last hour, day, 7 or 30 days up to a moment, rounded as ``WeirCore/RollingRange`` says. One consistent view
    /// of the store, of all that is committed. Merges at most 30 days, 46 hours and the panes of two hours.
    public func rolling(_ span: RollingSpan, at moment: EventTime) throws(StoreFailure) -> RollingWindow {
        let layout = contract.windows.layout
        return try read("read a rolling window") { store in
            let range = try RollingRange(span, at: moment, layout: layout) { window in
                try isCompacted(window, store)
            }
            guard range.start < range.end else {
                throw StoreFailure.tooCoarse(span: span, at: moment, kept: range.endPrecision)
            }
            var whole = WindowAggregate(limits: contract.aggregation)
            for piece in range.pieces(layout) {
                if piece.type == .streaming {
                    try merge(panesFrom: piece.start, to: piece.end, into: &whole, store)
                } else if let found = try loaded(Window(type: piece.type, start: piece.start), store) {
                    whole.merge(found.aggregate)
                }
            }
            return RollingWindow(range: range, aggregate: whole, watermark: try Self.watermark(store))
        }
    }

    /// Of the cluster, as far as it is stored.
    public func watermark() throws(StoreFailure) -> EventTime? {
        try read("read the watermark") { store in try Self.watermark(store) }
    }

    static func watermark(_ store: any StoreReader) throws -> EventTime? {
        guard let row = try store.row("SELECT watermark FROM cluster") else { return nil }
        return (row["watermark"] as Int64?).map(EventTime.init(microseconds:))
    }

    private func merge(
        panesFrom start: EventTime,
        to end: EventTime,
        into whole: inout WindowAggregate,
        _ store: any StoreReader
    ) throws {
        try store.each(
            #"SELECT aggregate FROM "window" WHERE type = 0 AND start >= $1 AND start < $2 ORDER BY start"#,
            [SQLValue(start.microseconds), SQLValue(end.microseconds)]
        ) { row in
            if let bytes = row["aggregate"] as [UInt8]? {
                whole.merge(try WindowAggregate(decoding: bytes, limits: contract.aggregation))
            }
            return true
        }
    }

    /// Whether something within a closed hour or day is no longer stored on its own.
    private func isCompacted(_ window: Window, _ store: any StoreReader) throws -> Bool {
        let inner: WindowType = window.type == .hourly ? .streaming : .hourly
        return try store.row(
            """
            SELECT 1 FROM "window"
            WHERE type = $1 AND start >= $2 AND start < $3 AND aggregate IS NULL AND state IN ('completed', 'failed') LIMIT 1
            """,
            SQLValue(Int(inner.rawValue)),
            SQLValue(window.start.microseconds),
            SQLValue(contract.windows.layout.end(of: window).microseconds)
        ) != nil
    }

    /// A longer `max_lateness` than the one that compaction went by would let events in whose windows can't be revised any more.
    static func checkCompaction(_ store: any StoreReader, _ windows: WindowSettings, _ place: StorePlace) throws {
        guard let watermark = try watermark(store) else { return }
        for row in try store.rows("SELECT inner_type, bound FROM compaction") {
            let outer: WindowType = (row["inner_type"] as Int) == 0 ? .hourly : .daily
            let bound: Int64 = row["bound"]
            let allowed = watermark.microseconds - windows.layout.length(of: outer) - bound
            if let lateness = windows.maxLateness.microseconds, lateness <= allowed { continue }
            throw StoreFailure.compacted(
                place: place,
                before: EventTime(microseconds: bound),
                latenessMax: .microseconds(max(0, allowed))
            )
        }
    }
}
