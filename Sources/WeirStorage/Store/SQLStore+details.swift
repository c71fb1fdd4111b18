import PostgreSQL
import WeirCluster
import WeirCore
import WeirWire

// One window or intent with all that is known of it, for operators.
extension SQLStore {
    /// Transitions, revisions and intents of one window that are shown.
    private static let historyMax = 1000

    public func window(_ window: Window) throws(StoreFailure) -> [UInt8]? {
        let layout = contract.windows.layout
        let (type, start) = (SQLValue(Int(window.type.rawValue)), SQLValue(window.start.microseconds))
        return try read("read a window") { store in
            guard
                let row = try store.row(
                    #"SELECT state, revision, record FROM "window" WHERE type = $1 AND start = $2"#,
                    type,
                    start
                )
            else { return nil }
            let transitions = try store.rows(
                """
                SELECT * FROM (
                    SELECT * FROM window_transition WHERE type = $1 AND start = $2 ORDER BY id DESC LIMIT \(Self.historyMax)
                ) AS newest ORDER BY id
                """,
                type,
                start
            )
            let intents = try store.rows(
                "\(Self.intentSelection) WHERE type = $1 AND start = $2 ORDER BY revision DESC LIMIT \(Self.historyMax)",
                type,
                start
            )
            var provenance = JSONWriter()
            try Provenance.write(window, layout: layout, into: &provenance, store)
            var json = JSONWriter()
            json.object { json in
                json.member("window_type", window.type.name)
                json.member("window_start", window.start.description)
                json.member("window_end", layout.end(of: window).description)
                json.member("state", row["state"] as String)
                json.member("revision", row["revision"] as Int)
                json.key("record")
                if let record = row["record"] as [UInt8]? { json.raw(record) } else { json.null() }
                json.revisions(transitions, intents)
                json.key("transitions")
                json.array { json in for row in transitions { json.transition(row) } }
                json.key("intents")
                json.array { json in for row in intents { json.object { $0.intent(row, window) } } }
                json.key("provenance")
                json.raw(provenance.bytes)
            }
            return json.bytes
        }
    }

    public func intent(_ id: UUID128) throws(StoreFailure) -> [UInt8]? {
        let id = SQLValue(id.description)
        return try read("read an intent") { store in
            guard let row = try store.row("\(Self.intentSelection) WHERE id = $1", id) else { return nil }
            let window = try window(row)
            let results = try store.rows(
                "SELECT * FROM intent_result WHERE intent_id = $1 ORDER BY id DESC LIMIT \(Self.historyMax)",
                id
            )
            var json = JSONWriter()
            json.object { json in
                json.intent(row, window)
                json.key("results")
                json.array { json in
                    for result in results.reversed() {
                        json.object { json in
                            json.member("attempt", result["attempt"] as Int)
                            json.member("executor", result["executor"] as String)
                            json.moment("executed_at", result["executed_at"])
                            json.member("success", result["success"] as Bool)
                            json.member("error_message", result["error"] as String?)
                            json.member("execution_duration_ms", Double(result["duration_us"] as Int64) / 1000)
                        }
                    }
                }
                json.key("intent")
                json.raw(row["json"] as [UInt8])
            }
            return json.bytes
        }
    }

    /// Intents with what became of them last.
    static let intentSelection = """
        SELECT intent.*, (
            SELECT error FROM intent_result WHERE intent_id = intent.id ORDER BY intent_result.id DESC LIMIT 1
        ) AS last_error, (
            SELECT max(executed_at) FROM intent_result WHERE intent_id = intent.id
        ) AS executed_at FROM intent
        """
}

extension JSONWriter {
    fileprivate mutating func transition(_ row: SQLRow) {
        object { json in
            json.member("from", row["from_state"] as String?)
            json.member("to", row["to_state"] as String)
            json.member("cause", row["cause"] as String)
            json.member("revision", row["revision"] as Int)
            json.moment("at", row["at"])
        }
    }

    /// The emissions of a window: what opened each (`data`, `late_data`), what closed it (`watermark`, `flush`), and its intent.
    fileprivate mutating func revisions(_ transitions: [SQLRow], _ intents: [SQLRow]) {
        let pending = WindowStateMachine.State.pending.name
        let processing = WindowStateMachine.State.processing.name
        let intentOf = Dictionary(intents.map { ($0["revision"] as Int, $0["id"] as String) }) { first, _ in first }
        let numbers = Set(transitions.map { $0["revision"] as Int }).sorted()
        key("revisions")
        array { json in
            for number in numbers {
                let steps = transitions.filter { $0["revision"] as Int == number }
                let opening = steps.first { $0["to_state"] as String == pending }
                let closing = steps.first { $0["to_state"] as String == processing }
                json.object { json in
                    json.member("revision", number)
                    json.member("cause", opening?["cause"] as String?)
                    json.moment("opened_at", opening?["at"] as Int64?)
                    json.member("closed_by", closing?["cause"] as String?)
                    json.moment("closed_at", closing?["at"] as Int64?)
                    json.member("intent_id", intentOf[number])
                }
            }
        }
    }
}
