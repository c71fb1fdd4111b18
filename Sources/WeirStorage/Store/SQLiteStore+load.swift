import Foundation
import GRDB
import WeirCluster
import WeirCore
import WeirWire

// Reading, for the machine.
extension SQLiteStore {
    public func snapshot() throws(StoreFailure) -> StoreSnapshot {
        try attempt("read the cluster's state") {
            try database.read { db in
                var snapshot = StoreSnapshot()
                let cluster = try Row.fetchOne(db, sql: "SELECT epoch, watermark FROM cluster")!
                snapshot.watermark = (cluster["watermark"] as Int64?).map(EventTime.init(microseconds:))
                let epoch = Epoch(UInt64(cluster["epoch"] as Int64))
                if epoch > .none {
                    snapshot.epoch = try epochRecord(epoch, db)
                    snapshot.progress = try progress(db)
                }
                snapshot.drained = Set(try String.fetchAll(db, sql: "SELECT name FROM drained_node").map(name))
                let counts = try Row.fetchAll(db, sql: "SELECT name, count FROM tally")
                    .map { ($0["name"] as String, $0["count"] as Int) }
                snapshot.tally = Tally(named: Dictionary(uniqueKeysWithValues: counts))
                for row in try Row.fetchAll(db, sql: "SELECT type, max(start) AS start FROM window GROUP BY type") {
                    let window = try self.window(row)
                    snapshot.latestStarts[window.type] = window.start
                }
                snapshot.alertProgress = try Self.alertProgress(db)
                snapshot.alerts = try Self.alerts(db)
                let open = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT type, start, state, revision FROM window WHERE state IN ('pending', 'processing')
                        ORDER BY type, start
                        """
                )
                snapshot.openWindows = try open.map { try loaded($0, db) }
                snapshot.pendingIntents = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT id, type, start, revision, priority, attempts, available_at, EXISTS (
                            SELECT 1 FROM window WHERE window.type = intent.type AND window.start = intent.start
                                AND window.revision = intent.revision AND window.state = 'failed'
                        ) AS was_dead_lettered
                        FROM intent WHERE state = 'pending' ORDER BY number
                        """
                ).map { try pendingIntent($0, wasDeadLettered: $0["was_dead_lettered"]) }
                return snapshot
            }
        }
    }

    public func deadLetters(_ ids: [UUID128], limit: Int) throws(StoreFailure) -> [PendingIntent] {
        try attempt("read dead letters") {
            try database.read { db in
                let columns = "id, type, start, revision, priority, attempts, available_at"
                var rows: [Row] = []
                if ids.isEmpty {
                    rows = try Row.fetchAll(
                        db,
                        sql: "SELECT \(columns) FROM intent WHERE state = 'failed' ORDER BY number LIMIT ?",
                        arguments: [limit]
                    )
                } else {
                    let select = try db.cachedStatement(
                        sql: "SELECT \(columns) FROM intent WHERE state = 'failed' AND id = ?"
                    )
                    for id in ids.prefix(limit) {
                        if let row = try Row.fetchOne(select, arguments: [id.description]) { rows.append(row) }
                    }
                }
                return try rows.map { try pendingIntent($0, wasDeadLettered: true) }
            }
        }
    }

    public func closedIntents(_ query: WindowQuery, limit: Int) throws(StoreFailure) -> [PendingIntent] {
        try attempt("read the intents of closed windows") {
            try database.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT intent.id, intent.type, intent.start, intent.revision, priority, attempts, available_at,
                            intent.state = 'failed' AS was_dead_lettered
                        FROM window JOIN intent ON intent.id = window.intent_id
                        WHERE intent.state <> 'pending' AND (:type IS NULL OR window.type = :type)
                            AND (:from IS NULL OR window.start >= :from) AND (:to IS NULL OR window.start < :to)
                        ORDER BY intent.number LIMIT :limit
                        """,
                    arguments: [
                        "type": query.type.map { Int($0.rawValue) }, "from": query.from?.microseconds,
                        "to": query.to?.microseconds, "limit": limit,
                    ]
                ).map { try pendingIntent($0, wasDeadLettered: $0["was_dead_lettered"]) }
            }
        }
    }

    private func pendingIntent(_ row: Row, wasDeadLettered: Bool) throws -> PendingIntent {
        PendingIntent(
            id: try uuid(row["id"]),
            window: try window(row),
            revision: row["revision"],
            priority: row["priority"],
            attempts: row["attempts"],
            availableAt: WallTime(microseconds: row["available_at"]),
            wasDeadLettered: wasDeadLettered
        )
    }

    public func load(_ windows: [Window]) throws(StoreFailure) -> [LoadedWindow] {
        try attempt("read windows") {
            try database.read { db in
                try windows.compactMap { window in
                    try Row.fetchOne(
                        db,
                        sql: "SELECT type, start, state, revision FROM window WHERE type = ? AND start = ?",
                        arguments: [Int(window.type.rawValue), window.start.microseconds]
                    ).map { try loaded($0, db) }
                }
            }
        }
    }

    public func intents(_ ids: [UUID128]) throws(StoreFailure) -> [UUID128: LeasedIntent] {
        let topic = contract.intents.intentTopic
        return try attempt("read intents") {
            try database.read { db in
                let select = try db.cachedStatement(
                    sql: "SELECT correlation_id, json, attempts FROM intent WHERE id = ?"
                )
                var found: [UUID128: LeasedIntent] = [:]
                for id in ids {
                    guard let row = try Row.fetchOne(select, arguments: [id.description]) else { continue }
                    found[id] = LeasedIntent(
                        id: id,
                        correlationID: try uuid(row["correlation_id"]),
                        topic: topic,
                        json: Array((row["json"] as String).utf8),
                        attempt: (row["attempts"] as Int) + 1
                    )
                }
                return found
            }
        }
    }

    // MARK: - Parts

    private func epochRecord(_ epoch: Epoch, _ db: Database) throws -> EpochRecord {
        let presences = try Row.fetchAll(
            db,
            sql: "SELECT worker, incarnation, url FROM epoch_worker ORDER BY position"
        ).map { row in
            WorkerPresence(
                name: try name(row["worker"]),
                incarnation: Incarnation(UInt64(bitPattern: row["incarnation"] as Int64)),
                dataURL: row["url"]
            )
        }
        let workers = presences.map(\.name)
        let owners = try Int.fetchAll(db, sql: "SELECT owner FROM epoch_shard ORDER BY shard")
        guard owners.isEmpty || owners.count == identity.shards, owners.allSatisfy(workers.indices.contains) else {
            throw DecodingFailure.invalid("owners of shards")
        }
        var positions: [NodeName: [FrameSequence]] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT ingest, shard, sequence FROM epoch_position") {
            let ingest = try name(row["ingest"])
            let shard: Int = row["shard"]
            guard (0..<identity.shards).contains(shard) else { throw DecodingFailure.invalid("shard \(shard)") }
            positions[ingest, default: [FrameSequence](repeating: .none, count: identity.shards)][shard] =
                FrameSequence(UInt64(row["sequence"] as Int64))
        }
        return EpochRecord(
            epoch: epoch,
            placement: owners.isEmpty
                ? Placement(shards: identity.shards, workers: workers) : Placement(workers: workers, owners: owners),
            positions: positions,
            presences: presences
        )
    }

    private func progress(_ db: Database) throws -> [NodeName: WorkerProgress] {
        var progress: [NodeName: WorkerProgress] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT worker, commit_number FROM worker_progress") {
            progress[try name(row["worker"])] = WorkerProgress(
                number: CommitNumber(UInt64(row["commit_number"] as Int64)),
                inputs: [:]
            )
        }
        for row in try Row.fetchAll(db, sql: "SELECT worker, ingest, sequence, newest, is_idle FROM worker_input") {
            let ingest = try name(row["ingest"])
            progress[try name(row["worker"])]?.inputs[ingest] = Commit.Input(
                ingest: ingest,
                position: FrameSequence(UInt64(row["sequence"] as Int64)),
                newest: (row["newest"] as Int64?).map(EventTime.init(microseconds:)),
                isIdle: row["is_idle"]
            )
        }
        return progress
    }

    private func loaded(_ row: Row, _ db: Database) throws -> LoadedWindow {
        let window = try window(row)
        guard let state = WindowStateMachine.State.allCases.first(where: { $0.name == row["state"] as String }) else {
            throw DecodingFailure.invalid("state \(row["state"] as String) of a window")
        }
        return LoadedWindow(
            window: window,
            state: state,
            revision: row["revision"],
            aggregate: try aggregate(of: window, isClosed: state == .completed || state == .failed, db)
        )
    }

    /// A pane and a closed window have their own aggregate. A longer window that is open is the merge of those within it: hours of
    /// panes, days of hours, the others of days.
    func aggregate(of window: Window, isClosed: Bool, _ db: Database) throws -> WindowAggregate {
        if window.type == .streaming || isClosed {
            let blob = try Data.fetchOne(
                db,
                sql: "SELECT aggregate FROM window WHERE type = ? AND start = ?",
                arguments: [Int(window.type.rawValue), window.start.microseconds]
            )
            if let blob { return try WindowAggregate(decoding: [UInt8](blob), limits: contract.aggregation) }
            guard !isClosed else {
                throw DecodingFailure.invalid(
                    "the aggregate of the \(window.type.name) window \(window.start) was compacted"
                )
            }
            return WindowAggregate(limits: contract.aggregation)
        }
        let inner: WindowType =
            switch window.type {
            case .streaming, .hourly: .streaming
            case .daily: .hourly
            case .weekly, .monthly: .daily
            }
        let rows = try Row.fetchAll(
            db,
            sql: "SELECT type, start, state FROM window WHERE type = ? AND start >= ? AND start < ? ORDER BY start",
            arguments: [
                Int(inner.rawValue), window.start.microseconds, contract.windows.layout.end(of: window).microseconds,
            ]
        )
        var whole = WindowAggregate(limits: contract.aggregation)
        for row in rows {
            let isClosed = ["completed", "failed"].contains(row["state"] as String)
            whole.merge(try aggregate(of: try self.window(row), isClosed: isClosed, db))
        }
        return whole
    }

    func window(_ row: Row) throws -> Window {
        let code: Int = row["type"]
        guard let type = WindowType(rawValue: UInt8(clamping: code)) else {
            throw DecodingFailure.invalid("window type \(code)")
        }
        return Window(type: type, start: EventTime(microseconds: row["start"]))
    }

    private func name(_ text: String) throws -> NodeName {
        guard let name = NodeName(text) else { throw DecodingFailure.invalid("node name \(text)") }
        return name
    }

    private func uuid(_ text: String) throws -> UUID128 {
        guard let id = UUID128(text) else { throw DecodingFailure.invalid("id \(text)") }
        return id
    }
}
