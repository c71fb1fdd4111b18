import PostgreSQL
import WeirCluster
import WeirCore
import WeirWire

/// A transaction of the machine as statements, in their order: the same for all engines.
struct StoreStatements {
    private(set) var all: [SQLStatement] = []

    /// - Parameters:
    ///   - layout: of the cluster's windows.
    ///   - now: wall clock, for what is remembered of when something was stored.
    init(_ transaction: StoreTransaction, layout: WindowLayout, at now: WallTime) {
        if let epoch = transaction.epoch { add(epoch) }
        add(stateOf: transaction)
        add(windowsOf: transaction)
        add(intentsOf: transaction)
        add(quarantineOf: transaction, at: now)
        all += Provenance.statements(transaction, layout: layout, at: now)
        add(transaction.alerts)
        add(compactionOf: transaction)
    }

    /// Adds a statement that is run once.
    mutating func add(_ text: String, _ parameters: SQLValue...) { add(text, rows: [parameters]) }

    /// Adds a statement that is run for each row.
    mutating func add(_ text: String, rows: [[SQLValue]]) {
        if !rows.isEmpty { all.append(SQLStatement(text, rows: rows)) }
    }

    private mutating func add(_ epoch: EpochRecord) {
        add("UPDATE cluster SET epoch = $1", SQLValue(Int64(epoch.epoch.value)))
        for table in ["epoch_worker", "epoch_shard", "epoch_position", "worker_progress", "worker_input"] {
            add("DELETE FROM \(table)")
        }
        add(
            "INSERT INTO epoch_worker (position, worker, incarnation, url) VALUES ($1, $2, $3, $4)",
            rows: epoch.placement.workers.enumerated().map { position, worker in
                let presence = epoch.presences.first { $0.name == worker }
                return [
                    SQLValue(position), SQLValue(worker.text),
                    SQLValue(Int64(bitPattern: presence?.incarnation.value ?? 0)), SQLValue(presence?.dataURL ?? ""),
                ]
            }
        )
        add(
            "INSERT INTO epoch_shard (shard, owner) VALUES ($1, $2)",
            rows: epoch.placement.owners.enumerated().map { [SQLValue($0), SQLValue($1)] }
        )
        add(
            "INSERT INTO epoch_position (ingest, shard, sequence) VALUES ($1, $2, $3)",
            rows: epoch.positions.flatMap { ingest, sequences in
                sequences.enumerated().map { [SQLValue(ingest.text), SQLValue($0), SQLValue(Int64($1.value))] }
            }
        )
    }

    private mutating func add(stateOf transaction: StoreTransaction) {
        if let drained = transaction.drained {
            add("DELETE FROM drained_node")
            add("INSERT INTO drained_node (name) VALUES ($1)", rows: drained.map { [SQLValue($0.text)] })
        }
        add(
            """
            INSERT INTO worker_progress (worker, commit_number) VALUES ($1, $2)
            ON CONFLICT (worker) DO UPDATE SET commit_number = excluded.commit_number
            """,
            rows: transaction.progress.map { [SQLValue($0.text), SQLValue(Int64($1.number.value))] }
        )
        add(
            """
            INSERT INTO worker_input (worker, ingest, sequence, newest, is_idle) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (worker, ingest) DO UPDATE SET
                sequence = excluded.sequence, newest = excluded.newest, is_idle = excluded.is_idle
            """,
            rows: transaction.progress.flatMap { worker, progress in
                progress.inputs.map { ingest, input in
                    [
                        SQLValue(worker.text), SQLValue(ingest.text), SQLValue(Int64(input.position.value)),
                        SQLValue(input.newest?.microseconds), SQLValue(input.isIdle),
                    ]
                }
            }
        )
        if let watermark = transaction.watermark {
            add("UPDATE cluster SET watermark = $1", SQLValue(watermark.microseconds))
        }
        if let tally = transaction.tally {
            add(
                """
                INSERT INTO tally (name, count) VALUES ($1, $2)
                ON CONFLICT (name) DO UPDATE SET count = excluded.count
                """,
                rows: tally.named.map { [SQLValue($0), SQLValue($1)] }
            )
        }
    }

    private mutating func add(windowsOf transaction: StoreTransaction) {
        add(
            """
            INSERT INTO "window" (type, start, state, revision, aggregate, record, intent_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (type, start) DO UPDATE SET
                state = excluded.state, revision = excluded.revision,
                aggregate = coalesce(excluded.aggregate, "window".aggregate),
                record = coalesce(excluded.record, "window".record),
                intent_id = coalesce(excluded.intent_id, "window".intent_id)
            WHERE excluded.revision >= "window".revision
            """,
            rows: transaction.latestWindows.map { row in
                [
                    SQLValue(Int(row.window.type.rawValue)), SQLValue(row.window.start.microseconds),
                    SQLValue(row.state.name), SQLValue(row.revision), SQLValue(row.aggregate),
                    SQLValue(row.record.map { String(decoding: $0, as: UTF8.self) }),
                    SQLValue(row.intentID?.description),
                ]
            }
        )
        add(
            """
            INSERT INTO window_transition (type, start, revision, from_state, to_state, cause, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            rows: transaction.transitions.map { row in
                let step = row.transition
                return [
                    SQLValue(Int(row.window.type.rawValue)), SQLValue(row.window.start.microseconds),
                    SQLValue(step.revision), SQLValue(step.from?.name), SQLValue(step.to.name),
                    SQLValue(step.cause.name),
                    SQLValue(step.at.microseconds),
                ]
            }
        )
    }

    private mutating func add(intentsOf transaction: StoreTransaction) {
        add(
            """
            INSERT INTO intent (id, correlation_id, type, start, revision, priority, state, available_at, created_at, json)
            VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9)
            """,
            rows: transaction.intents.map { new in
                let created = SQLValue(new.intent.createdAt.microseconds)
                return [
                    SQLValue(new.intent.id.description), SQLValue(new.intent.correlationID.description),
                    SQLValue(Int(new.window.type.rawValue)), SQLValue(new.window.start.microseconds),
                    SQLValue(new.revision), SQLValue(new.intent.priority), created, created,
                    SQLValue(String(decoding: new.intent.json, as: UTF8.self)),
                ]
            }
        )
        add(
            "UPDATE intent SET state = $1, attempts = $2, available_at = $3 WHERE id = $4",
            rows: transaction.intentChanges.map { change in
                [
                    SQLValue(change.state.rawValue), SQLValue(change.attempts),
                    SQLValue(change.availableAt.microseconds), SQLValue(change.id.description),
                ]
            }
        )
        add(
            """
            INSERT INTO intent_result (intent_id, attempt, executor, executed_at, success, error, duration_us)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            rows: transaction.results.map { report in
                [
                    SQLValue(report.result.intentID.description), SQLValue(report.attempt),
                    SQLValue(report.executor.text), SQLValue(report.result.executedAt.microseconds),
                    SQLValue(report.result.success), SQLValue(report.result.errorMessage),
                    SQLValue(report.result.executionDuration.inMicroseconds),
                ]
            }
        )
    }

    private mutating func add(quarantineOf transaction: StoreTransaction, at now: WallTime) {
        for change in transaction.quarantineChanges {
            let ids = change.ids.map { SQLValue(Int64(clamping: $0)) }
            switch change.outcome {
            case .replayed:
                add(
                    "INSERT INTO quarantine_replay (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
                    rows: ids.map { [$0, SQLValue(change.at.microseconds)] }
                )
            case .dropped:
                add("DELETE FROM quarantine WHERE id = $1", rows: ids.map { [$0] })
            }
        }
        add(
            """
            INSERT INTO quarantine (ingest, sequence, line, reason, detail, bytes, stored_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            rows: transaction.quarantine.map { entry in
                [
                    SQLValue(entry.ingest.text), SQLValue(Int64(entry.sequence.value)), SQLValue(entry.line.line),
                    SQLValue(entry.line.reason.rawValue), SQLValue(entry.line.detail), SQLValue(entry.line.bytes),
                    SQLValue(now.microseconds),
                ]
            }
        )
    }

    // MARK: - Compaction

    /// Forgets the aggregates of panes within closed hours, and of hours within closed days, that start before the bounds: the hour or
    /// day has them in its own. Records stay.
    private mutating func add(compactionOf transaction: StoreTransaction) {
        for (bound, inner, outer) in [
            (transaction.dropPanesBefore, WindowType.streaming, WindowType.hourly),
            (transaction.dropHoursBefore, .hourly, .daily),
        ] {
            guard let bound else { continue }
            let length = WindowLayout.standard.length(of: outer)
            // Euclid's remainder: starts before 1970 are negative.
            add(
                """
                UPDATE "window" SET aggregate = NULL
                WHERE type = \(inner.rawValue) AND aggregate IS NOT NULL AND start < $1 AND state IN ('completed', 'failed')
                    AND EXISTS (
                        SELECT 1 FROM "window" AS around
                        WHERE around.type = \(outer.rawValue)
                            AND around.start = "window".start - (("window".start % \(length)) + \(length)) % \(length)
                            AND around.aggregate IS NOT NULL AND around.state IN ('completed', 'failed')
                    )
                """,
                SQLValue(bound.microseconds)
            )
            add(
                """
                INSERT INTO compaction (inner_type, bound) VALUES ($1, $2)
                ON CONFLICT (inner_type) DO UPDATE SET
                    bound = CASE WHEN excluded.bound > compaction.bound THEN excluded.bound ELSE compaction.bound END
                """,
                SQLValue(Int(inner.rawValue)),
                SQLValue(bound.microseconds)
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
