import PostgreSQL
import WeirCluster
import WeirCore
import WeirWire

// Reading, for the machine.
extension SQLStore {
    public func snapshot() throws(StoreFailure) -> StoreSnapshot {
        try read("read the cluster's state") { store in
            var snapshot = StoreSnapshot()
            guard let cluster = try store.row("SELECT epoch, watermark FROM cluster") else {
                throw DecodingFailure.invalid("an empty table cluster")
            }
            snapshot.watermark = (cluster["watermark"] as Int64?).map(EventTime.init(microseconds:))
            let epoch = Epoch(UInt64(cluster["epoch"] as Int64))
            if epoch > .none {
                snapshot.epoch = try epochRecord(epoch, store)
                snapshot.progress = try progress(store)
            }
            snapshot.drained = Set(try store.rows("SELECT name FROM drained_node").map { try name($0["name"]) })
            let counts = try store.rows("SELECT name, count FROM tally").map {
                ($0["name"] as String, $0["count"] as Int)
            }
            snapshot.tally = Tally(named: Dictionary(uniqueKeysWithValues: counts))
            for row in try store.rows(#"SELECT type, max(start) AS start FROM "window" GROUP BY type"#) {
                let window = try self.window(row)
                snapshot.latestStarts[window.type] = window.start
            }
            snapshot.alertProgress = try Self.alertProgress(store)
            snapshot.alerts = try Self.alerts(store)
            let open = try store.rows(
                "\(Self.windowSelection) WHERE state IN ('pending', 'processing') ORDER BY type, start"
            )
            snapshot.openWindows = try open.map { try loaded($0, store) }
            snapshot.pendingIntents = try store.rows(
                """
                SELECT id, type, start, revision, priority, attempts, available_at, EXISTS (
                    SELECT 1 FROM "window" WHERE "window".type = intent.type AND "window".start = intent.start
                        AND "window".revision = intent.revision AND "window".state = 'failed'
                ) AS was_dead_lettered
                FROM intent WHERE state = 'pending' ORDER BY number
                """
            ).map { try pendingIntent($0, wasDeadLettered: $0["was_dead_lettered"]) }
            return snapshot
        }
    }

    public func deadLetters(_ ids: [UUID128], limit: Int) throws(StoreFailure) -> [PendingIntent] {
        let selection =
            "SELECT id, type, start, revision, priority, attempts, available_at FROM intent WHERE state = 'failed'"
        return try read("read dead letters") { store in
            let rows =
                if ids.isEmpty {
                    try store.rows("\(selection) ORDER BY number LIMIT $1", SQLValue(limit))
                } else {
                    try Self.rows(of: Array(ids.prefix(limit)), store) { "\(selection) AND id IN (\($0))" }
                }
            return try rows.map { try pendingIntent($0, wasDeadLettered: true) }
        }
    }

    public func closedIntents(_ query: WindowQuery, limit: Int) throws(StoreFailure) -> [PendingIntent] {
        var conditions = StoreConditions()
        conditions.require("intent.state <> 'pending'")
        if let type = query.type { conditions.require(#""window".type = $"#, SQLValue(Int(type.rawValue))) }
        if let from = query.from { conditions.require(#""window".start >= $"#, SQLValue(from.microseconds)) }
        if let to = query.to { conditions.require(#""window".start < $"#, SQLValue(to.microseconds)) }
        let text = """
            SELECT intent.id, intent.type, intent.start, intent.revision, priority, attempts, available_at,
                intent.state = 'failed' AS was_dead_lettered
            FROM "window" JOIN intent ON intent.id = "window".intent_id
            \(conditions.text) ORDER BY intent.number LIMIT \(limit)
            """
        return try read("read the intents of closed windows") { store in
            try store.rows(text, conditions.parameters).map {
                try pendingIntent($0, wasDeadLettered: $0["was_dead_lettered"])
            }
        }
    }

    private func pendingIntent(_ row: SQLRow, wasDeadLettered: Bool) throws -> PendingIntent {
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
        try read("read windows") { store in try windows.compactMap { try loaded($0, store) } }
    }

    public func intents(_ ids: [UUID128]) throws(StoreFailure) -> [UUID128: LeasedIntent] {
        let topic = contract.intents.intentTopic
        return try read("read intents") { store in
            let rows = try Self.rows(of: ids, store) {
                "SELECT id, correlation_id, json, attempts FROM intent WHERE id IN (\($0))"
            }
            var found: [UUID128: LeasedIntent] = [:]
            for row in rows {
                let id = try uuid(row["id"])
                found[id] = LeasedIntent(
                    id: id,
                    correlationID: try uuid(row["correlation_id"]),
                    topic: topic,
                    json: row["json"],
                    attempt: (row["attempts"] as Int) + 1
                )
            }
            return found
        }
    }

    /// Ids in one query; more take several.
    private static let idsMax = 500

    /// Rows by ids, in any order.
    private static func rows(
        of ids: [UUID128],
        _ store: any StoreReader,
        _ query: (_ parameters: String) -> String
    ) throws -> [SQLRow] {
        try stride(from: 0, to: ids.count, by: idsMax).flatMap { start in
            let some = ids[start..<min(start + idsMax, ids.count)]
            let parameters = (1...some.count).map { "$\($0)" }.joined(separator: ", ")
            return try store.rows(query(parameters), some.map { SQLValue($0.description) })
        }
    }

    // MARK: - Parts

    private func epochRecord(_ epoch: Epoch, _ store: any StoreReader) throws -> EpochRecord {
        let presences = try store.rows("SELECT worker, incarnation, url FROM epoch_worker ORDER BY position").map {
            row in
            WorkerPresence(
                name: try name(row["worker"]),
                incarnation: Incarnation(UInt64(bitPattern: row["incarnation"] as Int64)),
                dataURL: row["url"]
            )
        }
        let workers = presences.map(\.name)
        let owners = try store.rows("SELECT owner FROM epoch_shard ORDER BY shard").map { $0["owner"] as Int }
        guard owners.isEmpty || owners.count == identity.shards, owners.allSatisfy(workers.indices.contains) else {
            throw DecodingFailure.invalid("owners of shards")
        }
        var positions: [NodeName: [FrameSequence]] = [:]
        for row in try store.rows("SELECT ingest, shard, sequence FROM epoch_position") {
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

    private func progress(_ store: any StoreReader) throws -> [NodeName: WorkerProgress] {
        var progress: [NodeName: WorkerProgress] = [:]
        for row in try store.rows("SELECT worker, commit_number FROM worker_progress") {
            progress[try name(row["worker"])] = WorkerProgress(
                number: CommitNumber(UInt64(row["commit_number"] as Int64)),
                inputs: [:]
            )
        }
        for row in try store.rows("SELECT worker, ingest, sequence, newest, is_idle FROM worker_input") {
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

    private static let windowSelection = #"SELECT type, start, state, revision, aggregate FROM "window""#

    func loaded(_ window: Window, _ store: any StoreReader) throws -> LoadedWindow? {
        try store.row(
            "\(Self.windowSelection) WHERE type = $1 AND start = $2",
            SQLValue(Int(window.type.rawValue)),
            SQLValue(window.start.microseconds)
        ).map { try loaded($0, store) }
    }

    private func loaded(_ row: SQLRow, _ store: any StoreReader) throws -> LoadedWindow {
        guard let state = WindowStateMachine.State.allCases.first(where: { $0.name == row["state"] as String }) else {
            throw DecodingFailure.invalid("state \(row["state"] as String) of a window")
        }
        return LoadedWindow(
            window: try window(row),
            state: state,
            revision: row["revision"],
            aggregate: try aggregate(row, isClosed: state == .completed || state == .failed, store)
        )
    }

    /// A pane and a closed window have their own aggregate. A longer window that is open is the merge of those within it: hours of
    /// panes, days of hours, the others of days.
    private func aggregate(_ row: SQLRow, isClosed: Bool, _ store: any StoreReader) throws -> WindowAggregate {
        let window = try window(row)
        if window.type == .streaming || isClosed {
            if let bytes = row["aggregate"] as [UInt8]? {
                return try WindowAggregate(decoding: bytes, limits: contract.aggregation)
            }
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
        var whole = WindowAggregate(limits: contract.aggregation)
        var open: [SQLRow] = []
        try store.each(
            "\(Self.windowSelection) WHERE type = $1 AND start >= $2 AND start < $3 ORDER BY start",
            [
                SQLValue(Int(inner.rawValue)), SQLValue(window.start.microseconds),
                SQLValue(contract.windows.layout.end(of: window).microseconds),
            ]
        ) { row in
            let isClosed = ["completed", "failed"].contains(row["state"] as String)
            if isClosed || inner == .streaming {
                whole.merge(try aggregate(row, isClosed: isClosed, store))
            } else {
                open.append(row)
            }
            return true
        }
        for row in open { whole.merge(try aggregate(row, isClosed: false, store)) }
        return whole
    }

    func window(_ row: SQLRow) throws -> Window {
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
