import PostgreSQL
import WeirCluster
import WeirCore

// Alerts: taken up at the start, listed for operators.
extension SQLStore {
    static func alertProgress(_ store: any StoreReader) throws -> [AlertProgress] {
        try store.rows("SELECT rule, subject, newest FROM alert_rule ORDER BY rule").map { row in
            AlertProgress(
                rule: row["rule"],
                subject: row["subject"],
                newest: EventTime(microseconds: row["newest"])
            )
        }
    }

    static func alerts(_ store: any StoreReader) throws -> [AlertStatus] {
        try store.rows("SELECT * FROM alert ORDER BY rule, has_group, group_key").map { row in
            let isGroup: Bool = row["has_group"]
            return try AlertStatus(
                key: AlertKey(rule: row["rule"], group: isGroup ? row["group_key"] : nil),
                decoding: row["status"]
            )
        }
    }

    // MARK: - For operators

    /// The alerts of the contract's rules as JSON objects: firing, pending, resolved, then the others; by rule and group. A rule that
    /// watches nothing yet is there once, as ok.
    ///
    /// - Parameter state: only those in this state, by name; nil for all.
    public func alertList(state: String?, limit: Int) throws(StoreFailure) -> [[UInt8]] {
        let known = try read("list alerts") { store in try Self.alerts(store) }
        var entries: [AlertEntry] = []
        for rule in contract.alerts.rules {
            let statuses = known.filter { $0.key.rule == rule.name }
            entries += statuses.map { AlertEntry(rule: rule, status: $0) }
            if statuses.isEmpty { entries.append(AlertEntry(rule: rule, status: nil)) }
        }
        if let state { entries.removeAll { $0.state != state } }
        let order = ["firing", "pending", "resolved", "ok"]
        return order.flatMap { state in entries.filter { $0.state == state } }.prefix(limit).map { entry in
            entry.json(contract)
        }
    }

    /// What became of alerts, newest first, as JSON objects.
    public func alertHistory(limit: Int) throws(StoreFailure) -> [[UInt8]] {
        try read("list the history of alerts") { store in
            try store.rows("SELECT * FROM alert_transition ORDER BY id DESC LIMIT $1", SQLValue(limit)).map { row in
                let window = try window(row)
                var json = JSONWriter()
                json.object { json in
                    json.member("rule", row["rule"] as String)
                    json.member("group", row["group_key"] as String?)
                    json.member("from", row["from_state"] as String)
                    json.member("to", row["to_state"] as String)
                    json.member("cause", row["cause"] as String)
                    json.member("window_type", window.type.name)
                    json.member("window_start", window.start.description)
                    json.member("revision", row["revision"] as Int)
                    json.member("value", row["value"] as Double)
                    json.member("at", EventTime(microseconds: row["at"]).description)
                }
                return json.bytes
            }
        }
    }
}

/// A line in the list of alerts.
private struct AlertEntry {
    var rule: AlertRule
    /// Nil for a rule that watches nothing yet.
    var status: AlertStatus?

    var state: String { status?.machine.state.name ?? "ok" }

    func json(_ contract: Contract) -> [UInt8] {
        var incident: AlertIncident?
        switch status?.machine.state {
        case .firing(let current), .resolved(let current): incident = current
        case .ok, .pending, nil: break
        }
        let ids = incident.flatMap { incident in
            status.map { AlertIDs(contract: contract, key: $0.key, incident: incident, isFiring: true) }
        }
        var json = JSONWriter()
        json.object { json in
            json.member("rule", rule.name)
            json.member("group_by", rule.dimension?.name)
            json.member("group", status?.key.group)
            json.member("state", state)
            json.member("since", status?.since.description)
            json.member("severity", rule.severity.rawValue)
            json.member("metric", rule.metric.rawValue)
            json.member("value", status?.value)
            json.member("baseline", status?.baseline)
            json.member("ratio", status?.ratio)
            json.member("bound", rule.bound.name)
            json.member("threshold", rule.bound.threshold)
            json.member("clear", rule.bound.clear)
            json.member("window_type", rule.window.name)
            json.member("window_start", status?.window.start.description)
            json.member("incident_id", ids?.incident.description)
        }
        return json.bytes
    }
}
