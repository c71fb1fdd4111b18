/// An alert that fires or is over: the news that becomes an intent.
public struct AlertNotice: Sendable, Hashable {
    public var isFiring: Bool
    public var incident: AlertIncident
    public var cause: AlertStateMachine.Cause
    public var status: AlertStatus
    /// Nil when the rule is no more.
    public var rule: AlertRule?
    public var windowEnd: EventTime
}

/// The ids of an incident's two intents: functions of the contract, the rule, the group and the incident.
public struct AlertIDs: Sendable, Hashable {
    /// Of the incident; the key of both intents, and their correlation id.
    public let incident: UUID128
    public let intent: UUID128
    /// Of the news as an event.
    public let event: UUID128

    /// Version 5 UUIDs in the namespace of the contract, as ``IntentIDs`` are.
    public init(contract: Contract, key: AlertKey, incident: AlertIncident, isFiring: Bool) {
        let namespace = UUID128(
            namespace: .urlNamespace,
            name: "weir:contract/\(contract.name)/\(contract.version)"
        )
        // The group is free text: it comes last, behind its presence.
        let group = key.group.map { "group/\($0)" } ?? "window"
        let rule = UUID128(namespace: namespace, name: "alert/\(key.rule)")
        self.incident = UUID128(namespace: rule, name: "\(incident.start)/\(incident.number)/\(group)")
        intent = UUID128(namespace: self.incident, name: isFiring ? "firing" : "resolved")
        event = UUID128(namespace: intent, name: Intent.alertEventType)
    }
}

extension Intent {
    public static let alertEventType = "GENERATION_METRICS_ALERT"

    /// The intent that announces an alert.
    ///
    /// - Parameter now: wall clock, for `timestamp` and `created_at`.
    public init(announcing notice: AlertNotice, contract: Contract, at now: EventTime) {
        let ids = AlertIDs(
            contract: contract,
            key: notice.status.key,
            incident: notice.incident,
            isFiring: notice.isFiring
        )
        self.init(
            id: ids.intent,
            correlationID: ids.incident,
            createdAt: now,
            createdBy: contract.intents.createdBy,
            targetTopic: contract.alerts.topic,
            targetKey: ids.incident.description,
            targetEventType: Self.alertEventType,
            targetEventPayload: Self.payload(of: notice, ids: ids, at: now),
            priority: contract.intents.alertPriority,
            retry: contract.intents.retry
        )
    }

    private static func payload(of notice: AlertNotice, ids: AlertIDs, at now: EventTime) -> [UInt8] {
        let status = notice.status
        var json = JSONWriter()
        json.object { json in
            json.member("event_type", Self.alertEventType)
            json.member("event_id", ids.event.description)
            json.member("correlation_id", ids.incident.description)
            json.member("incident_id", ids.incident.description)
            json.member("state", notice.isFiring ? "firing" : "resolved")
            json.member("cause", notice.cause.name)
            json.member("rule", status.key.rule)
            json.member("severity", notice.rule?.severity.rawValue)
            json.member("group_by", notice.rule?.dimension?.name)
            json.member("group", status.key.group)
            json.member("metric", notice.rule?.metric.rawValue)
            json.member("value", status.value)
            json.member("baseline", status.baseline)
            json.member("ratio", status.ratio)
            json.member("bound", notice.rule?.bound.name)
            json.member("threshold", notice.rule?.bound.threshold)
            json.member("clear", notice.rule?.bound.clear)
            json.member("window_type", status.window.type.name)
            json.member("window_start", status.window.start.description)
            json.member("window_end", notice.windowEnd.description)
            json.member("revision", status.revision)
            json.member("fired_by_window_start", notice.incident.start.description)
            json.member("summary", notice.summary)
            json.member("timestamp", now.description)
            json.member("created_at", now.description)
        }
        return json.bytes
    }
}

extension AlertStatus {
    /// The value over its baseline, of rules that compare so.
    public var ratio: Double? { baseline.flatMap { $0 == 0 ? nil : value / $0 } }
}

extension AlertNotice {
    /// One sentence for people.
    public var summary: String {
        let subject = status.key.group.map { "\(status.key.rule) (\($0))" } ?? status.key.rule
        guard isFiring, let rule else {
            switch cause {
            case .silence: return "\(subject) is over: nothing more was heard"
            case .ruleRemoved: return "\(subject) is over: the rule was removed or changed"
            default: return "\(subject) is over: \(rule?.metric.rawValue ?? "the value") is \(status.value)"
            }
        }
        let value = "\(rule.metric.rawValue) is \(status.value)"
        guard let ratio = status.ratio, let baseline = status.baseline else {
            return "\(subject): \(value), \(rule.bound.name) \(rule.bound.threshold)"
        }
        return "\(subject): \(value), \(ratio) of its past \(baseline), \(rule.bound.name) \(rule.bound.threshold)"
    }
}
