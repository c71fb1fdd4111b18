import Foundation
import GRDB
import WeirCluster
import WeirCore
import WeirWire

/// Where windows came from: by window, epoch and worker the commits and events, and by ingest the frames that those commits cover.
///
/// Kept for panes and for hours: longer windows are the sum of their hours. So the size is bounded by the panes that are kept and the
/// hours of the retention, times the epochs and workers that took part in each.
enum ProvenanceTables {
    /// Event time for which the provenance of hours is kept.
    static let hourRetention = Duration.seconds(400 * 86_400)
    /// Epochs whose shard maps are kept.
    static let epochsMax = 1024
    /// Rows of one window that are read; beyond it the answer says that it is not complete.
    static let rowsMax = 2000

    // MARK: - Writing

    /// Writes within the transaction that stores what the contributions added.
    static func write(_ transaction: StoreTransaction, layout: WindowLayout, _ db: Database) throws {
        if let epoch = transaction.epoch { try write(epoch, db) }
        for contribution in transaction.contributions { try write(contribution, layout, db) }
        if let bound = transaction.dropPanesBefore { try drop(panesBefore: bound, db) }
    }

    private static func write(_ epoch: EpochRecord, _ db: Database) throws {
        var owners = ByteWriter()
        for owner in epoch.placement.owners { owners.count(owner) }
        try db.execute(
            sql: "INSERT OR REPLACE INTO epoch_history (epoch, began_at, workers, owners) VALUES (?, ?, ?, ?)",
            arguments: [
                Int64(epoch.epoch.value), Int64(Date().timeIntervalSince1970 * 1e6),
                epoch.placement.workers.map(\.text).joined(separator: ","), Data(owners.bytes),
            ]
        )
        try db.execute(
            sql: "DELETE FROM epoch_history WHERE epoch <= ?",
            arguments: [Int64(epoch.epoch.value) - Int64(epochsMax)]
        )
    }

    private static func write(_ contribution: Contribution, _ layout: WindowLayout, _ db: Database) throws {
        let total = try db.cachedStatement(
            sql: """
                INSERT INTO contribution (type, start, epoch, worker, first_commit, last_commit, commits, events)
                VALUES (?, ?, ?, ?, ?, ?, 1, ?)
                ON CONFLICT DO UPDATE SET
                    last_commit = excluded.last_commit, commits = commits + 1, events = events + excluded.events
                """
        )
        let input = try db.cachedStatement(
            sql: """
                INSERT INTO contribution_input (type, start, epoch, worker, ingest, first_frame, last_frame)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    first_frame = min(first_frame, excluded.first_frame), last_frame = max(last_frame, excluded.last_frame)
                """
        )
        var events: [Window: Int] = [:]
        for pane in contribution.panes {
            events[Window(type: .streaming, start: pane.start), default: 0] += pane.events
            events[layout.window(.hourly, holding: pane.start), default: 0] += pane.events
        }
        let epoch = Int64(contribution.epoch.value)
        let number = Int64(contribution.number.value)
        for (window, count) in events {
            let (type, start) = (Int(window.type.rawValue), window.start.microseconds)
            try total.execute(
                arguments: [type, start, epoch, contribution.worker.text, number, number, count]
            )
            for frames in contribution.inputs {
                try input.execute(
                    arguments: [
                        type, start, epoch, contribution.worker.text, frames.ingest.text,
                        Int64(clamping: frames.first.value), Int64(clamping: frames.last.value),
                    ]
                )
            }
        }
    }

    private static func drop(panesBefore bound: EventTime, _ db: Database) throws {
        let hours = bound.advanced(byMicroseconds: -hourRetention.inMicroseconds)
        for table in ["contribution", "contribution_input"] {
            for (type, start) in [(WindowType.streaming, bound), (.hourly, hours)] {
                try db.cachedStatement(sql: "DELETE FROM \(table) WHERE type = ? AND start < ?")
                    .execute(arguments: [Int(type.rawValue), start.microseconds])
            }
        }
    }

    // MARK: - Reading

    /// What a window was merged from: `{"epochs":[…],"is_complete":…}`.
    static func write(_ window: Window, layout: WindowLayout, into json: inout JSONWriter, _ db: Database) throws {
        let type: WindowType = window.type == .streaming ? .streaming : .hourly
        let range: StatementArguments = [
            Int(type.rawValue), window.start.microseconds, layout.end(of: window).microseconds, rowsMax + 1,
        ]
        let totals = try Row.fetchAll(
            db,
            sql: """
                SELECT epoch, worker, min(first_commit) AS first_commit, max(last_commit) AS last_commit, sum(commits) AS commits,
                    sum(events) AS events
                FROM contribution WHERE type = ? AND start >= ? AND start < ? GROUP BY epoch, worker ORDER BY epoch, worker LIMIT ?
                """,
            arguments: range
        )
        let inputs = try Row.fetchAll(
            db,
            sql: """
                SELECT epoch, worker, ingest, min(first_frame) AS first_frame, max(last_frame) AS last_frame
                FROM contribution_input WHERE type = ? AND start >= ? AND start < ?
                GROUP BY epoch, worker, ingest ORDER BY epoch, worker, ingest LIMIT ?
                """,
            arguments: range
        )
        let inputsOf = Dictionary(grouping: inputs) { "\($0["epoch"] as Int64) \($0["worker"] as String)" }
        var epochs: [(number: Int64, workers: [Row], history: Row?)] = []
        for row in totals.prefix(rowsMax) {
            let number: Int64 = row["epoch"]
            if epochs.last?.number == number {
                epochs[epochs.count - 1].workers.append(row)
            } else {
                let history = try Row.fetchOne(
                    db,
                    sql: "SELECT began_at, workers, owners FROM epoch_history WHERE epoch = ?",
                    arguments: [number]
                )
                epochs.append((number, [row], history))
            }
        }
        json.object { json in
            json.member("is_complete", totals.count <= rowsMax && inputs.count <= rowsMax)
            json.key("epochs")
            json.array { json in
                for epoch in epochs {
                    json.object { json in
                        json.member("epoch", epoch.number)
                        json.member(
                            "began_at",
                            (epoch.history?["began_at"] as Int64?).map { EventTime(microseconds: $0).description }
                        )
                        json.key("workers")
                        json.array { json in
                            for row in epoch.workers {
                                let worker: String = row["worker"]
                                json.object { json in
                                    json.member("worker", worker)
                                    json.key("shards")
                                    json.array { json in
                                        for shard in shards(of: worker, epoch.history) { json.value(shard) }
                                    }
                                    json.member("events", row["events"] as Int64)
                                    json.member("commits", row["commits"] as Int64)
                                    json.member("first_commit", row["first_commit"] as Int64)
                                    json.member("last_commit", row["last_commit"] as Int64)
                                    json.key("inputs")
                                    json.array { json in
                                        for input in inputsOf["\(epoch.number) \(worker)"] ?? [] {
                                            json.object { json in
                                                json.member("ingest", input["ingest"] as String)
                                                json.member("first_frame", input["first_frame"] as Int64)
                                                json.member("last_frame", input["last_frame"] as Int64)
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The shards that a worker owned; empty when the epoch is too long ago.
    private static func shards(of worker: String, _ history: Row?) -> [Int] {
        guard let history, let blob = history["owners"] as Data?,
            let index = (history["workers"] as String).split(separator: ",").firstIndex(of: Substring(worker))
        else { return [] }
        var owned: [Int] = []
        [UInt8](blob).withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            var shard = 0
            while let owner = try? reader.varint() {
                if owner == index { owned.append(shard) }
                shard += 1
            }
        }
        return owned
    }
}
