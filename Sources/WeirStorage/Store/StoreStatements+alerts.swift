import PostgreSQL
import WeirCore

extension StoreStatements {
    mutating func add(_ changes: AlertChanges) {
        add("DELETE FROM alert_rule WHERE rule = $1", rows: changes.removedRules.map { [SQLValue($0)] })
        add(
            "DELETE FROM alert WHERE rule = $1 AND has_group = $2 AND group_key = $3",
            rows: changes.removed.map(Self.parameters)
        )
        add(
            """
            INSERT INTO alert_rule (rule, subject, newest) VALUES ($1, $2, $3)
            ON CONFLICT (rule) DO UPDATE SET subject = excluded.subject, newest = excluded.newest
            """,
            rows: changes.progress.map { [SQLValue($0.rule), SQLValue($0.subject), SQLValue($0.newest.microseconds)] }
        )
        // Of a key that is there several times the last counts.
        let latest = Dictionary(changes.statuses.map { ($0.key, $0) }) { $1 }
        add(
            """
            INSERT INTO alert (rule, has_group, group_key, state, status) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (rule, has_group, group_key) DO UPDATE SET state = excluded.state, status = excluded.status
            """,
            rows: latest.map { key, status in
                Self.parameters(key) + [SQLValue(status.machine.state.name), SQLValue(status.encoded)]
            }
        )
        add(
            """
            INSERT INTO alert_transition (rule, group_key, from_state, to_state, cause, type, start, revision, value, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            rows: changes.transitions.map { row in
                [
                    SQLValue(row.key.rule), SQLValue(row.key.group), SQLValue(row.step.from.name),
                    SQLValue(row.step.to.name), SQLValue(row.step.cause.name),
                    SQLValue(Int(row.window.type.rawValue)), SQLValue(row.window.start.microseconds),
                    SQLValue(row.revision), SQLValue(row.value), SQLValue(row.at.microseconds),
                ]
            }
        )
    }

    private static func parameters(_ key: AlertKey) -> [SQLValue] {
        [SQLValue(key.rule), SQLValue(key.group != nil), SQLValue(key.group ?? "")]
    }
}
