import Foundation
import PostgreSQL
import WeirCluster
import WeirCore
import WeirWire

// Lists, for operators.
extension SQLStore {
    public func records(_ query: WindowQuery) throws(StoreFailure) -> Page<WindowPosition> {
        let (text, parameters) = Self.statement(query)
        return try read("list windows") { store in
            var page = Page<WindowPosition>(limit: query.limit)
            try store.each(text, parameters) { row in
                page.add(
                    query.selectsAllRevisions ? Self.payload(row["text"]) : row["text"],
                    at: WindowPosition(window: try window(row), revision: row["revision"])
                )
                return page.hasRoom
            }
            return page
        }
    }

    private static func statement(_ query: WindowQuery) -> (String, [SQLValue]) {
        var conditions = StoreConditions()
        let order = query.isDescending ? "DESC" : "ASC"
        if let type = query.type { conditions.require("type = $", SQLValue(Int(type.rawValue))) }
        if let from = query.from { conditions.require("start >= $", SQLValue(from.microseconds)) }
        if let to = query.to { conditions.require("start < $", SQLValue(to.microseconds)) }
        if let after = query.after {
            let sign = query.isDescending ? "<" : ">"
            let (type, start) = (SQLValue(Int(after.window.type.rawValue)), SQLValue(after.window.start.microseconds))
            if query.selectsAllRevisions {
                conditions.require("(type, start, revision) \(sign) ($, $, $)", type, start, SQLValue(after.revision))
            } else {
                conditions.require("(type, start) \(sign) ($, $)", type, start)
            }
        }
        if query.selectsAllRevisions {
            return (
                """
                SELECT type, start, revision, json AS text FROM intent \(conditions.text)
                ORDER BY type \(order), start \(order), revision \(order) LIMIT \(query.limit + 1)
                """, conditions.parameters
            )
        }
        conditions.require("record IS NOT NULL")
        return (
            """
            SELECT type, start, revision, record AS text FROM "window" \(conditions.text)
            ORDER BY type \(order), start \(order) LIMIT \(query.limit + 1)
            """, conditions.parameters
        )
    }

    /// The record that an intent publishes.
    static func payload(_ intent: String) -> [UInt8] {
        Intent.targetEventPayload(inJSON: Array(intent.utf8)).map(Array.init) ?? Array("null".utf8)
    }

    public func newestRecord(_ type: WindowType) throws(StoreFailure) -> [UInt8]? {
        try read("read the newest window") { store in
            try store.row(
                #"SELECT record FROM "window" WHERE type = $1 AND record IS NOT NULL ORDER BY start DESC LIMIT 1"#,
                SQLValue(Int(type.rawValue))
            ).map { $0["record"] }
        }
    }

    public func emissions(after number: UInt64, limit: Int) throws(StoreFailure) -> Page<UInt64> {
        try read("list emissions") { store in
            var page = Page<UInt64>(limit: limit)
            try store.each(
                "SELECT number, id, json FROM intent WHERE number > $1 ORDER BY number LIMIT $2",
                [SQLValue(Int64(clamping: number)), SQLValue(limit + 1)]
            ) { row in
                let number: Int64 = row["number"]
                var json = JSONWriter()
                json.object { json in
                    json.member("number", number)
                    json.member("intent_id", row["id"] as String)
                    json.key("record")
                    json.raw(Self.payload(row["json"]))
                }
                page.add(json.bytes, at: UInt64(number))
                return page.hasRoom
            }
            return page
        }
    }

    public func lastEmission() throws(StoreFailure) -> UInt64 {
        try read("read the last emission") { store in
            let row = try store.row("SELECT coalesce(max(number), 0) AS number FROM intent")
            return row.map { UInt64($0["number"] as Int64) } ?? 0
        }
    }

    public func intentList(_ query: IntentQuery, state: IntentState?) throws(StoreFailure) -> Page<UInt64> {
        var conditions = StoreConditions()
        if let state { conditions.require("state = $", SQLValue(state.rawValue)) }
        conditions.require("number < $", SQLValue(Int64(clamping: query.before ?? .max)))
        return try read("list intents") { store in
            var page = Page<UInt64>(limit: query.limit)
            try store.each(
                "\(Self.intentSelection) \(conditions.text) ORDER BY number DESC LIMIT \(query.limit + 1)",
                conditions.parameters
            ) { row in
                var json = JSONWriter()
                let window = try window(row)
                json.object { json in json.intent(row, window) }
                page.add(json.bytes, at: UInt64(row["number"] as Int64))
                return page.hasRoom
            }
            return page
        }
    }

    public func quarantineList(_ query: QuarantineQuery) throws(StoreFailure) -> Page<UInt64> {
        var conditions = StoreConditions()
        conditions.require("quarantine.id < $", SQLValue(Int64(clamping: query.before ?? .max)))
        if let reason = query.reason { conditions.require("reason = $", SQLValue(reason)) }
        if query.isHeld { conditions.require("quarantine_replay.at IS NULL") }
        return try read("list the quarantine") { store in
            var page = Page<UInt64>(limit: query.limit)
            try store.each(
                "\(Self.quarantineSelection) \(conditions.text) ORDER BY quarantine.id DESC LIMIT \(query.limit + 1)",
                conditions.parameters
            ) { row in
                page.add(Self.quarantinedLine(row), at: UInt64(row["id"] as Int64))
                return page.hasRoom
            }
            return page
        }
    }

    public func quarantinedLine(_ id: UInt64) throws(StoreFailure) -> [UInt8]? {
        try read("read a quarantined line") { store in
            try store.row("\(Self.quarantineSelection) WHERE quarantine.id = $1", SQLValue(Int64(clamping: id)))
                .map(Self.quarantinedLine)
        }
    }

    private static let quarantineSelection = """
        SELECT quarantine.*, quarantine_replay.at AS replayed_at
        FROM quarantine LEFT JOIN quarantine_replay ON quarantine_replay.id = quarantine.id
        """

    private static func quarantinedLine(_ row: SQLRow) -> [UInt8] {
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
            json.quarantined(row["bytes"])
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
    mutating func intent(_ row: SQLRow, _ window: Window) {
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
