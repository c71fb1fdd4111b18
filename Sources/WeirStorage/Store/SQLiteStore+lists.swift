import Foundation
import GRDB
import WeirCluster
import WeirCore
import WeirWire

// Lists, for operators.
extension SQLiteStore {
    public func records(_ query: WindowQuery) throws(StoreFailure) -> Page<WindowPosition> {
        try attempt("list windows") {
            try database.read { db in
                let (sql, arguments) = Self.statement(query)
                var page = Page<WindowPosition>(limit: query.limit)
                let rows = try Row.fetchCursor(db, sql: sql, arguments: arguments)
                while page.hasRoom, let row = try rows.next() {
                    page.add(
                        query.selectsAllRevisions ? Self.payload(row["text"]) : Array((row["text"] as String).utf8),
                        at: WindowPosition(window: try window(row), revision: row["revision"])
                    )
                }
                return page
            }
        }
    }

    /// Built of the conditions that there are, so that SQLite can use its indices.
    private static func statement(_ query: WindowQuery) -> (String, StatementArguments) {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        func require(_ condition: String, _ values: (any DatabaseValueConvertible)?...) {
            conditions.append(condition)
            arguments += StatementArguments(values)
        }
        let order = query.isDescending ? "DESC" : "ASC"
        if let type = query.type { require("type = ?", Int(type.rawValue)) }
        if let from = query.from { require("start >= ?", from.microseconds) }
        if let to = query.to { require("start < ?", to.microseconds) }
        if let after = query.after {
            let sign = query.isDescending ? "<" : ">"
            let (type, start) = (Int(after.window.type.rawValue), after.window.start.microseconds)
            if query.selectsAllRevisions {
                require("(type, start, revision) \(sign) (?, ?, ?)", type, start, after.revision)
            } else {
                require("(type, start) \(sign) (?, ?)", type, start)
            }
        }
        if !query.selectsAllRevisions { require("record IS NOT NULL") }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        arguments += [query.limit + 1]
        if query.selectsAllRevisions {
            return (
                """
                SELECT type, start, revision, json AS text FROM intent \(condition)
                ORDER BY type \(order), start \(order), revision \(order) LIMIT ?
                """, arguments
            )
        }
        return (
            """
            SELECT type, start, revision, record AS text FROM window \(condition)
            ORDER BY type \(order), start \(order) LIMIT ?
            """, arguments
        )
    }

    /// The record that an intent publishes.
    static func payload(_ intent: String) -> [UInt8] {
        Intent.targetEventPayload(inJSON: Array(intent.utf8)).map(Array.init) ?? Array("null".utf8)
    }

    public func newestRecord(_ type: WindowType) throws(StoreFailure) -> [UInt8]? {
        try attempt("read the newest window") {
            try database.read { db in
                try String.fetchOne(
                    db,
                    sql: "SELECT record FROM window WHERE type = ? AND record IS NOT NULL ORDER BY start DESC LIMIT 1",
                    arguments: [Int(type.rawValue)]
                ).map { Array($0.utf8) }
            }
        }
    }

    public func emissions(after number: UInt64, limit: Int) throws(StoreFailure) -> Page<UInt64> {
        try attempt("list emissions") {
            try database.read { db in
                var page = Page<UInt64>(limit: limit)
                let rows = try Row.fetchCursor(
                    db,
                    sql: "SELECT number, id, json FROM intent WHERE number > ? ORDER BY number LIMIT ?",
                    arguments: [Int64(clamping: number), limit + 1]
                )
                while page.hasRoom, let row = try rows.next() {
                    let number: Int64 = row["number"]
                    var json = JSONWriter()
                    json.object { json in
                        json.member("number", number)
                        json.member("intent_id", row["id"] as String)
                        json.key("record")
                        json.raw(Self.payload(row["json"]))
                    }
                    page.add(json.bytes, at: UInt64(number))
                }
                return page
            }
        }
    }

    public func lastEmission() throws(StoreFailure) -> UInt64 {
        try attempt("read the last emission") {
            try database.read { db in
                UInt64(try Int64.fetchOne(db, sql: "SELECT max(number) FROM intent") ?? 0)
            }
        }
    }

    public func intentList(_ query: IntentQuery, state: IntentState?) throws(StoreFailure) -> Page<UInt64> {
        try attempt("list intents") {
            try database.read { db in
                var page = Page<UInt64>(limit: query.limit)
                let rows = try Row.fetchCursor(
                    db,
                    sql: """
                        SELECT intent.*, (
                            SELECT error FROM intent_result WHERE intent_id = intent.id ORDER BY intent_result.id DESC LIMIT 1
                        ) AS last_error, (
                            SELECT max(executed_at) FROM intent_result WHERE intent_id = intent.id
                        ) AS executed_at
                        FROM intent WHERE \(state == nil ? "" : "state = :state AND ") number < :before
                        ORDER BY number DESC LIMIT :limit
                        """,
                    arguments: StatementArguments(
                        (state.map { ["state": $0.rawValue] } ?? [:]).merging(
                            ["before": Int64(clamping: query.before ?? .max), "limit": query.limit + 1]
                        ) { $1 } as [String: any DatabaseValueConvertible]
                    )
                )
                while page.hasRoom, let row = try rows.next() {
                    var json = JSONWriter()
                    let window = try window(row)
                    json.object { json in json.intent(row, window) }
                    page.add(json.bytes, at: UInt64(row["number"] as Int64))
                }
                return page
            }
        }
    }

    public func quarantineList(_ query: QuarantineQuery) throws(StoreFailure) -> Page<UInt64> {
        try attempt("list the quarantine") {
            try database.read { db in
                var page = Page<UInt64>(limit: query.limit)
                var conditions = ["quarantine.id < ?"]
                var arguments: StatementArguments = [Int64(clamping: query.before ?? .max)]
                if let reason = query.reason {
                    conditions.append("reason = ?")
                    arguments += [reason]
                }
                if query.isHeld { conditions.append("quarantine_replay.at IS NULL") }
                arguments += [query.limit + 1]
                let rows = try Row.fetchCursor(
                    db,
                    sql: """
                        \(Self.quarantineSelection) WHERE \(conditions.joined(separator: " AND "))
                        ORDER BY quarantine.id DESC LIMIT ?
                        """,
                    arguments: arguments
                )
                while page.hasRoom, let row = try rows.next() {
                    page.add(Self.quarantinedLine(row), at: UInt64(row["id"] as Int64))
                }
                return page
            }
        }
    }

    public func quarantinedLine(_ id: UInt64) throws(StoreFailure) -> [UInt8]? {
        try attempt("read a quarantined line") {
            try database.read { db in
                try Row.fetchOne(
                    db,
                    sql: "\(Self.quarantineSelection) WHERE quarantine.id = ?",
                    arguments: [Int64(clamping: id)]
                ).map(Self.quarantinedLine)
            }
        }
    }

    private static let quarantineSelection = """
        SELECT quarantine.*, quarantine_replay.at AS replayed_at
        FROM quarantine LEFT JOIN quarantine_replay ON quarantine_replay.id = quarantine.id
        """

    private static func quarantinedLine(_ row: Row) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("id", row["id"] as Int)
            json.member("reason", row["reason"] as String)
            json.member("detail", row["detail"] as String)
            json.member("ingest", row["ingest"] as String)
            json.member("frame", row["sequence"] as Int64)
            json.member("line", row["line"] as Int)
            json.moment("stored_at", row["stored_at"])
            json.moment("replayed_at", row["replayed_at"])
            json.quarantined([UInt8](row["bytes"] as Data))
        }
        return json.bytes
    }
}

extension JSONWriter {
    /// A refused line, whole: as text, or in base64 when it is not UTF-8.
    fileprivate mutating func quarantined(_ bytes: [UInt8]) {
        if let text = String(validating: bytes, as: UTF8.self) {
            member("text", text)
        } else {
            member("base64", Data(bytes).base64EncodedString())
        }
    }

    /// Microseconds as a moment, or null.
    mutating func moment(_ name: String, _ microseconds: Int64?) {
        member(name, microseconds.map { EventTime(microseconds: $0).description })
    }

    /// Where an intent stands: a row of it with `last_error` and `executed_at`.
    mutating func intent(_ row: Row, _ window: Window) {
        member("intent_id", row["id"] as String)
        member("correlation_id", row["correlation_id"] as String)
        member("state", row["state"] as String)
        member("window_type", window.type.name)
        member("window_start", window.start.description)
        member("revision", row["revision"] as Int)
        member("priority", row["priority"] as Int)
        member("attempts", row["attempts"] as Int)
        moment("created_at", row["created_at"])
        moment("executed_at", row["executed_at"])
        member("last_error", row["last_error"] as String?)
    }
}
