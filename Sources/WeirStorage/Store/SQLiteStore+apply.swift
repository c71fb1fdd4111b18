import Foundation
import GRDB
import WeirCluster
import WeirCore
import WeirWire

// Writing: one transaction of the machine is one of the database.
extension SQLiteStore {
    public func apply(_ transaction: StoreTransaction) throws(StoreFailure) {
        try attempt("store a transaction") {
            try database.write { db in
                try Self.write(cluster: transaction, db)
                try Self.write(windows: transaction, db)
                try Self.write(intents: transaction, db)
                try Self.write(quarantine: transaction, db)
                try ProvenanceTables.write(transaction, layout: contract.windows.layout, db)
                try Self.write(alerts: transaction.alerts, db)
                try Self.compact(transaction, db)
            }
        }
    }

    private static func write(cluster transaction: StoreTransaction, _ db: Database) throws {
        if let epoch = transaction.epoch {
            try db.execute(sql: "UPDATE cluster SET epoch = ?", arguments: [Int64(epoch.epoch.value)])
            for table in ["epoch_worker", "epoch_shard", "epoch_position", "worker_progress", "worker_input"] {
                try db.execute(sql: "DELETE FROM \(table)")
            }
            for (position, worker) in epoch.placement.workers.enumerated() {
                let presence = epoch.presences.first { $0.name == worker }
                try db.execute(
                    sql: "INSERT INTO epoch_worker (position, worker, incarnation, url) VALUES (?, ?, ?, ?)",
                    arguments: [
                        position, worker.text, Int64(bitPattern: presence?.incarnation.value ?? 0),
                        presence?.dataURL ?? "",
                    ]
                )
            }
            let place = try db.cachedStatement(sql: "INSERT INTO epoch_shard (shard, owner) VALUES (?, ?)")
            for (shard, owner) in epoch.placement.owners.enumerated() { try place.execute(arguments: [shard, owner]) }
            let insert = try db.cachedStatement(
                sql: "INSERT INTO epoch_position (ingest, shard, sequence) VALUES (?, ?, ?)"
            )
            for (ingest, sequences) in epoch.positions {
                for (shard, sequence) in sequences.enumerated() {
                    try insert.execute(arguments: [ingest.text, shard, Int64(sequence.value)])
                }
            }
        }
        if let drained = transaction.drained {
            try db.execute(sql: "DELETE FROM drained_node")
            for node in drained {
                try db.execute(sql: "INSERT INTO drained_node (name) VALUES (?)", arguments: [node.text])
            }
        }
        for (worker, progress) in transaction.progress {
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO worker_progress (worker, commit_number) VALUES (?, ?)"
            ).execute(arguments: [worker.text, Int64(progress.number.value)])
            for (ingest, input) in progress.inputs {
                try db.cachedStatement(
                    sql: """
                        INSERT OR REPLACE INTO worker_input (worker, ingest, sequence, newest, is_idle) VALUES (?, ?, ?, ?, ?)
                        """
                ).execute(
                    arguments: [
                        worker.text, ingest.text, Int64(input.position.value), input.newest?.microseconds, input.isIdle,
                    ]
                )
            }
        }
        if let watermark = transaction.watermark {
            try db.cachedStatement(sql: "UPDATE cluster SET watermark = ?")
                .execute(arguments: [watermark.microseconds])
        }
        if let tally = transaction.tally {
            let upsert = try db.cachedStatement(sql: "INSERT OR REPLACE INTO tally (name, count) VALUES (?, ?)")
            for (name, count) in tally.named { try upsert.execute(arguments: [name, count]) }
        }
    }

    private static func write(windows transaction: StoreTransaction, _ db: Database) throws {
        if !transaction.windows.isEmpty {
            let upsert = try db.cachedStatement(
                sql: """
                    INSERT INTO window (type, start, state, revision, aggregate, record, intent_id)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (type, start) DO UPDATE SET
                        state = excluded.state, revision = excluded.revision,
                        aggregate = coalesce(excluded.aggregate, aggregate),
                        record = coalesce(excluded.record, record),
                        intent_id = coalesce(excluded.intent_id, intent_id)
                    WHERE excluded.revision >= revision
                    """
            )
            for row in transaction.latestWindows {
                try upsert.execute(
                    arguments: [
                        Int(row.window.type.rawValue), row.window.start.microseconds, row.state.name, row.revision,
                        row.aggregate.map { Data($0) }, row.record.map { String(decoding: $0, as: UTF8.self) },
                        row.intentID?.description,
                    ]
                )
            }
        }
        if !transaction.transitions.isEmpty {
            let insert = try db.cachedStatement(
                sql: """
                    INSERT INTO window_transition (type, start, revision, from_state, to_state, cause, at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """
            )
            for row in transaction.transitions {
                let step = row.transition
                try insert.execute(
                    arguments: [
                        Int(row.window.type.rawValue), row.window.start.microseconds, step.revision, step.from?.name,
                        step.to.name, step.cause.name, step.at.microseconds,
                    ]
                )
            }
        }
    }

    private static func write(intents transaction: StoreTransaction, _ db: Database) throws {
        if !transaction.intents.isEmpty {
            let insert = try db.cachedStatement(
                sql: """
                    INSERT INTO intent (id, correlation_id, type, start, revision, priority, state, available_at, created_at, json)
                    VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)
                    """
            )
            for new in transaction.intents {
                try insert.execute(
                    arguments: [
                        new.intent.id.description, new.intent.correlationID.description,
                        Int(new.window.type.rawValue), new.window.start.microseconds, new.revision,
                        new.intent.priority, new.intent.createdAt.microseconds, new.intent.createdAt.microseconds,
                        String(decoding: new.intent.json, as: UTF8.self),
                    ]
                )
            }
        }
        for change in transaction.intentChanges {
            try db.cachedStatement(
                sql: "UPDATE intent SET state = ?, attempts = ?, available_at = ? WHERE id = ?"
            ).execute(
                arguments: [
                    change.state.rawValue, change.attempts, change.availableAt.microseconds, change.id.description,
                ]
            )
        }
        for report in transaction.results {
            try db.cachedStatement(
                sql: """
                    INSERT INTO intent_result (intent_id, attempt, executor, executed_at, success, error, duration_us)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(
                arguments: [
                    report.result.intentID.description, report.attempt, report.executor.text,
                    report.result.executedAt.microseconds, report.result.success, report.result.errorMessage,
                    report.result.executionDuration.inMicroseconds,
                ]
            )
        }
    }

    private static func write(quarantine transaction: StoreTransaction, _ db: Database) throws {
        for change in transaction.quarantineChanges {
            let sql =
                switch change.outcome {
                case .replayed: "INSERT OR IGNORE INTO quarantine_replay (id, at) VALUES (?, ?)"
                case .dropped: "DELETE FROM quarantine WHERE id = ?"
                }
            for id in change.ids.map({ Int64(clamping: $0) }) {
                try db.cachedStatement(sql: sql)
                    .execute(arguments: change.outcome == .replayed ? [id, change.at.microseconds] : [id])
            }
        }
        guard !transaction.quarantine.isEmpty else { return }
        let now = Int64(Date().timeIntervalSince1970 * 1e6)
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO quarantine (ingest, sequence, line, reason, detail, bytes, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        )
        for entry in transaction.quarantine {
            try insert.execute(
                arguments: [
                    entry.ingest.text, Int64(entry.sequence.value), entry.line.line, entry.line.reason.rawValue,
                    entry.line.detail, Data(entry.line.bytes), now,
                ]
            )
        }
    }
}

extension StoreTransaction {
    /// One row a window, with the last of what was said of it: a commit may touch a window once a pane.
    fileprivate var latestWindows: [WindowRow] {
        var positions: [Window: Int] = [:]
        var rows: [WindowRow] = []
        for row in windows {
            guard let position = positions[row.window] else {
                positions[row.window] = rows.count
                rows.append(row)
                continue
            }
            guard row.revision >= rows[position].revision else { continue }
            rows[position].state = row.state
            rows[position].revision = row.revision
            if let aggregate = row.aggregate { rows[position].aggregate = aggregate }
            if let record = row.record { rows[position].record = record }
            if let intent = row.intentID { rows[position].intentID = intent }
        }
        return rows
    }
}

extension Tally {
    private static let countedName = "counted"
    private static let duplicateName = "duplicate"
    private static let impossibleName = "impossible_transition"
    private static let quarantinedPrefix = "quarantined:"

    /// By the names of the table.
    var named: [(String, Int)] {
        [(Self.countedName, counted), (Self.duplicateName, duplicates), (Self.impossibleName, impossibleTransitions)]
            + quarantined.map { (Self.quarantinedPrefix + $0.key.rawValue, $0.value) }
    }

    init(named counts: [String: Int]) {
        self.init()
        counted = counts[Self.countedName] ?? 0
        duplicates = counts[Self.duplicateName] ?? 0
        impossibleTransitions = counts[Self.impossibleName] ?? 0
        for reason in QuarantineReason.allCases {
            if let count = counts[Self.quarantinedPrefix + reason.rawValue] { quarantined[reason] = count }
        }
    }
}
