import Foundation
import GRDB
import WeirCluster
import WeirCore
import WeirWire

// Reading, for operators.
extension SQLiteStore {
    public func records(_ query: WindowQuery) throws(StoreFailure) -> [[UInt8]] {
        try attempt("list windows") {
            try database.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT state, record FROM window
                        WHERE record IS NOT NULL AND (:type IS NULL OR type = :type)
                            AND (:from IS NULL OR start >= :from) AND (:to IS NULL OR start < :to)
                        ORDER BY type, start LIMIT :limit
                        """,
                    arguments: [
                        "type": query.type.map { Int($0.rawValue) }, "from": query.from?.microseconds,
                        "to": query.to?.microseconds, "limit": query.limit,
                    ]
                ).map { Array(($0["record"] as String).utf8) }
            }
        }
    }

    public func intentList(state: IntentState?, limit: Int) throws(StoreFailure) -> [[UInt8]] {
        try attempt("list intents") {
            try database.read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT intent.*, (
                            SELECT error FROM intent_result WHERE intent_id = intent.id ORDER BY intent_result.id DESC LIMIT 1
                        ) AS last_error, (
                            SELECT max(executed_at) FROM intent_result WHERE intent_id = intent.id
                        ) AS executed_at
                        FROM intent WHERE (:state IS NULL OR state = :state) ORDER BY number DESC LIMIT :limit
                        """,
                    arguments: ["state": state?.rawValue, "limit": limit]
                ).map { row in
                    let window = try window(row)
                    var json = JSONWriter()
                    json.object { json in
                        json.member("intent_id", row["id"] as String)
                        json.member("correlation_id", row["correlation_id"] as String)
                        json.member("state", row["state"] as String)
                        json.member("window_type", window.type.name)
                        json.member("window_start", window.start.description)
                        json.member("revision", row["revision"] as Int)
                        json.member("priority", row["priority"] as Int)
                        json.member("attempts", row["attempts"] as Int)
                        json.member("created_at", EventTime(microseconds: row["created_at"]).description)
                        json.member(
                            "executed_at",
                            (row["executed_at"] as Int64?).map { EventTime(microseconds: $0).description }
                        )
                        json.member("last_error", row["last_error"] as String?)
                    }
                    return json.bytes
                }
            }
        }
    }

    public func quarantineList(limit: Int) throws(StoreFailure) -> [[UInt8]] {
        try attempt("list the quarantine") {
            try database.read { db in
                try Row.fetchAll(db, sql: "SELECT * FROM quarantine ORDER BY id DESC LIMIT ?", arguments: [limit])
                    .map { row in
                        let bytes = [UInt8](row["bytes"] as Data)
                        var json = JSONWriter()
                        json.object { json in
                            json.member("id", row["id"] as Int)
                            json.member("reason", row["reason"] as String)
                            json.member("detail", row["detail"] as String)
                            json.member("ingest", row["ingest"] as String)
                            json.member("frame", row["sequence"] as Int64)
                            json.member("line", row["line"] as Int)
                            json.member("stored_at", EventTime(microseconds: row["stored_at"]).description)
                            json.quarantined(bytes)
                        }
                        return json.bytes
                    }
            }
        }
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
}
