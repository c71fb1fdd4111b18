import PostgreSQL
import WeirCluster
import WeirCore
import WeirWire

/// Where windows came from: by window, epoch and worker the commits and events, and by ingest the frames that those commits cover.
///
/// Kept for panes and for hours: longer windows are the sum of their hours. So the size is bounded by the panes that are kept and the
/// hours of the retention, times the epochs and workers that took part in each.
enum Provenance {
    /// Event time for which the provenance of hours is kept.
    static let hourRetention = Duration.seconds(400 * 86_400)
    /// Epochs whose shard maps are kept.
    static let epochsMax = 1024
    /// Rows of one window that are read; beyond it the answer says that it is not complete.
    static let rowsMax = 2000

    // MARK: - Writing

    /// Statements for the transaction that stores what the contributions added.
    static func statements(
        _ transaction: StoreTransaction,
        layout: WindowLayout,
        at now: WallTime
    ) -> [SQLStatement] {
        var statements: [SQLStatement] = []
        if let epoch = transaction.epoch { statements += Self.statements(epoch, at: now) }
        for contribution in transaction.contributions { statements += Self.statements(contribution, layout) }
        if let bound = transaction.dropPanesBefore { statements += drop(panesBefore: bound) }
        return statements
    }

    private static func statements(_ epoch: EpochRecord, at now: WallTime) -> [SQLStatement] {
        var owners = ByteWriter()
        for owner in epoch.placement.owners { owners.count(owner) }
        return [
            SQLStatement(
                """
                INSERT INTO epoch_history (epoch, began_at, workers, owners) VALUES ($1, $2, $3, $4)
                ON CONFLICT (epoch) DO UPDATE SET
                    began_at = excluded.began_at, workers = excluded.workers, owners = excluded.owners
                """,
                SQLValue(Int64(epoch.epoch.value)),
                SQLValue(now.microseconds),
                SQLValue(epoch.placement.workers.map(\.text).joined(separator: ",")),
                SQLValue(owners.bytes)
            ),
            SQLStatement(
                "DELETE FROM epoch_history WHERE epoch <= $1",
                SQLValue(Int64(epoch.epoch.value) - Int64(epochsMax))
            ),
        ]
    }

    private static func statements(_ contribution: Contribution, _ layout: WindowLayout) -> [SQLStatement] {
        var events: [Window: Int] = [:]
        for pane in contribution.panes {
            events[Window(type: .streaming, start: pane.start), default: 0] += pane.events
            events[layout.window(.hourly, holding: pane.start), default: 0] += pane.events
        }
        let number = SQLValue(Int64(contribution.number.value))
        let keys = events.map { window, count in
            (
                key: [
                    SQLValue(Int(window.type.rawValue)), SQLValue(window.start.microseconds),
                    SQLValue(Int64(contribution.epoch.value)), SQLValue(contribution.worker.text),
                ],
                count: SQLValue(count)
            )
        }
        return [
            SQLStatement(
                """
                INSERT INTO contribution (type, start, epoch, worker, first_commit, last_commit, commits, events)
                VALUES ($1, $2, $3, $4, $5, $6, 1, $7)
                ON CONFLICT (type, start, epoch, worker) DO UPDATE SET
                    last_commit = excluded.last_commit, commits = contribution.commits + 1,
                    events = contribution.events + excluded.events
                """,
                rows: keys.map { $0.key + [number, number, $0.count] }
            ),
            SQLStatement(
                """
                INSERT INTO contribution_input (type, start, epoch, worker, ingest, first_frame, last_frame)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (type, start, epoch, worker, ingest) DO UPDATE SET
                    first_frame = CASE WHEN excluded.first_frame < contribution_input.first_frame
                        THEN excluded.first_frame ELSE contribution_input.first_frame END,
                    last_frame = CASE WHEN excluded.last_frame > contribution_input.last_frame
                        THEN excluded.last_frame ELSE contribution_input.last_frame END
                """,
                rows: keys.flatMap { key, _ in
                    contribution.inputs.map { frames in
                        key + [
                            SQLValue(frames.ingest.text), SQLValue(Int64(clamping: frames.first.value)),
                            SQLValue(Int64(clamping: frames.last.value)),
                        ]
                    }
                }
            ),
        ]
    }

    private static func drop(panesBefore bound: EventTime) -> [SQLStatement] {
        let hours = bound.advanced(byMicroseconds: -hourRetention.inMicroseconds)
        return ["contribution", "contribution_input"].map { table in
            SQLStatement(
                "DELETE FROM \(table) WHERE type = $1 AND start < $2",
                rows: [(WindowType.streaming, bound), (.hourly, hours)].map { type, start in
                    [SQLValue(Int(type.rawValue)), SQLValue(start.microseconds)]
                }
            )
        }
    }

    // MARK: - Reading

    /// What a window was merged from: `{"epochs":[…],"is_complete":…}`.
    static func write(_ window: Window, layout: WindowLayout, into json: inout JSONWriter, _ store: any StoreReader)
        throws
    {
        let type: WindowType = window.type == .streaming ? .streaming : .hourly
        let range = [
            SQLValue(Int(type.rawValue)), SQLValue(window.start.microseconds),
            SQLValue(layout.end(of: window).microseconds), SQLValue(rowsMax + 1),
        ]
        let totals = try store.rows(
            """
            SELECT epoch, worker, min(first_commit) AS first_commit, max(last_commit) AS last_commit,
                CAST(sum(commits) AS BIGINT) AS commits, CAST(sum(events) AS BIGINT) AS events
            FROM contribution WHERE type = $1 AND start >= $2 AND start < $3 GROUP BY epoch, worker ORDER BY epoch, worker LIMIT $4
            """,
            range
        )
        let inputs = try store.rows(
            """
            SELECT epoch, worker, ingest, min(first_frame) AS first_frame, max(last_frame) AS last_frame
            FROM contribution_input WHERE type = $1 AND start >= $2 AND start < $3
            GROUP BY epoch, worker, ingest ORDER BY epoch, worker, ingest LIMIT $4
            """,
            range
        )
        let inputsOf = Dictionary(grouping: inputs) { "\($0["epoch"] as Int64) \($0["worker"] as String)" }
        var epochs: [(number: Int64, workers: [SQLRow], history: SQLRow?)] = []
        for row in totals.prefix(rowsMax) {
            let number: Int64 = row["epoch"]
            if epochs.last?.number == number {
                epochs[epochs.count - 1].workers.append(row)
            } else {
                let history = try store.row(
                    "SELECT began_at, workers, owners FROM epoch_history WHERE epoch = $1",
                    SQLValue(number)
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
    private static func shards(of worker: String, _ history: SQLRow?) -> [Int] {
        guard let history,
            let index = (history["workers"] as String).split(separator: ",").firstIndex(of: Substring(worker))
        else { return [] }
        var owned: [Int] = []
        (history["owners"] as [UInt8]).withUnsafeBytes { raw in
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
