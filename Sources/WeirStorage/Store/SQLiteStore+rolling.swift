import Foundation
import GRDB
import WeirCluster
import WeirCore

// Rolling windows, and what of the panes that they are merged from is kept.
extension SQLiteStore {
    /// The events of the last hour, day, 7 or 30 days up to a moment, rounded as ``WeirCore/RollingRange`` says. One consistent view
    /// of the store, of all that is committed. Merges at most 30 days, 46 hours and the panes of two hours.
    public func rolling(_ span: RollingSpan, at moment: EventTime) throws(StoreFailure) -> RollingWindow {
        let layout = contract.windows.layout
        return try attempt("read a rolling window") {
            try database.read { db in
                let range = try RollingRange(span, at: moment, layout: layout) { window in
                    try isCompacted(window, db)
                }
                guard range.start < range.end else {
                    throw StoreFailure.tooCoarse(span: span, at: moment, kept: range.endPrecision)
                }
                var whole = WindowAggregate(limits: contract.aggregation)
                for piece in range.pieces(layout) {
                    if piece.type == .streaming {
                        try merge(panesFrom: piece.start, to: piece.end, into: &whole, db)
                    } else if let found = try stored(Window(type: piece.type, start: piece.start), db) {
                        whole.merge(found)
                    }
                }
                let watermark = try Int64.fetchOne(db, sql: "SELECT watermark FROM cluster")
                return RollingWindow(
                    range: range,
                    aggregate: whole,
                    watermark: watermark.map(EventTime.init(microseconds:))
                )
            }
        }
    }

    /// Of the cluster, as far as it is stored.
    public func watermark() throws(StoreFailure) -> EventTime? {
        try attempt("read the watermark") {
            try database.read { db in
                try Int64.fetchOne(db, sql: "SELECT watermark FROM cluster").map(EventTime.init(microseconds:))
            }
        }
    }

    private func stored(_ window: Window, _ db: Database) throws -> WindowAggregate? {
        guard
            let row = try Row.fetchOne(
                db,
                sql: "SELECT state FROM window WHERE type = ? AND start = ?",
                arguments: [Int(window.type.rawValue), window.start.microseconds]
            )
        else { return nil }
        let isClosed = ["completed", "failed"].contains(row["state"] as String)
        return try aggregate(of: window, isClosed: isClosed, db)
    }

    private func merge(
        panesFrom start: EventTime,
        to end: EventTime,
        into whole: inout WindowAggregate,
        _ db: Database
    ) throws {
        let panes = try Row.fetchCursor(
            db,
            sql: "SELECT aggregate FROM window WHERE type = 0 AND start >= ? AND start < ? ORDER BY start",
            arguments: [start.microseconds, end.microseconds]
        )
        while let row = try panes.next() {
            guard let blob = row["aggregate"] as Data? else { continue }
            whole.merge(try WindowAggregate(decoding: [UInt8](blob), limits: contract.aggregation))
        }
    }

    /// Whether something within a closed hour or day is no longer stored on its own.
    private func isCompacted(_ window: Window, _ db: Database) throws -> Bool {
        let inner: WindowType = window.type == .hourly ? .streaming : .hourly
        return try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (
                    SELECT 1 FROM window
                    WHERE type = ? AND start >= ? AND start < ? AND aggregate IS NULL AND state IN ('completed', 'failed')
                )
                """,
            arguments: [
                Int(inner.rawValue), window.start.microseconds, contract.windows.layout.end(of: window).microseconds,
            ]
        )!
    }

    // MARK: - Compaction

    /// Forgets the aggregates of panes within closed hours, and of hours within closed days, that start before the bounds: the hour or
    /// day has them in its own. Records stay.
    static func compact(_ transaction: StoreTransaction, _ db: Database) throws {
        for (bound, inner, outer) in [
            (transaction.dropPanesBefore, WindowType.streaming, WindowType.hourly),
            (transaction.dropHoursBefore, .hourly, .daily),
        ] {
            guard let bound else { continue }
            let length = WindowLayout.standard.length(of: outer)
            // Euclid's remainder: starts before 1970 are negative.
            try db.cachedStatement(
                sql: """
                    UPDATE window SET aggregate = NULL
                    WHERE type = \(inner.rawValue) AND aggregate IS NOT NULL AND start < ? AND state IN ('completed', 'failed')
                        AND EXISTS (
                            SELECT 1 FROM window AS around
                            WHERE around.type = \(outer.rawValue)
                                AND around.start = window.start - ((window.start % \(length)) + \(length)) % \(length)
                                AND around.aggregate IS NOT NULL AND around.state IN ('completed', 'failed')
                        )
                    """
            ).execute(arguments: [bound.microseconds])
            try db.cachedStatement(
                sql: """
                    INSERT INTO compaction (inner_type, bound) VALUES (?, ?)
                    ON CONFLICT (inner_type) DO UPDATE SET bound = max(bound, excluded.bound)
                    """
            ).execute(arguments: [Int(inner.rawValue), bound.microseconds])
        }
    }

    /// A longer `max_lateness` than the one that compaction went by would let events in whose windows can't be revised any more.
    static func checkCompaction(_ db: Database, _ windows: WindowSettings, path: String) throws {
        guard let watermark = try Int64.fetchOne(db, sql: "SELECT watermark FROM cluster") else { return }
        for row in try Row.fetchAll(db, sql: "SELECT inner_type, bound FROM compaction") {
            let outer: WindowType = (row["inner_type"] as Int) == 0 ? .hourly : .daily
            let bound: Int64 = row["bound"]
            let allowed = watermark - windows.layout.length(of: outer) - bound
            if let lateness = windows.maxLateness.microseconds, lateness <= allowed { continue }
            throw StoreFailure.compacted(
                path: path,
                before: EventTime(microseconds: bound),
                latenessMax: .microseconds(max(0, allowed))
            )
        }
    }
}
