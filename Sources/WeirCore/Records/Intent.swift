/// What the core asks the world to do: publish the record of a window (SPEC 4). Stored with the window that it closes, carried out
/// by an executor, identified by content.
public struct Intent: Sendable, Hashable {
    public static let recordEventType = "GENERATION_METRICS_RECORDED"

    public var id: UUID128
    public var correlationID: UUID128
    /// Wall clock.
    public var createdAt: EventTime
    public var createdBy: String
    public var targetTopic: String
    public var targetKey: String
    public var targetEventType: String
    /// A JSON object: the record, whole.
    public var targetEventPayload: [UInt8]
    /// 1…10, 1 the most urgent.
    public var priority: Int
    public var retry: RetryPolicy?

    public init(
        id: UUID128,
        correlationID: UUID128,
        createdAt: EventTime,
        createdBy: String,
        targetTopic: String,
        targetKey: String,
        targetEventType: String,
        targetEventPayload: [UInt8],
        priority: Int,
        retry: RetryPolicy?
    ) {
        self.id = id
        self.correlationID = correlationID
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.targetTopic = targetTopic
        self.targetKey = targetKey
        self.targetEventType = targetEventType
        self.targetEventPayload = targetEventPayload
        self.priority = priority
        self.retry = retry
    }

    /// The intent that publishes a record.
    ///
    /// - Parameters:
    ///   - now: wall clock, for `timestamp` and `created_at`.
    ///   - aggregationDuration: how long the window was merged and written, for `aggregation_duration_ms` and
    ///     `items_per_second`.
    public init(publishing record: WindowRecord, contract: Contract, at now: EventTime, aggregationDuration: Duration) {
        let ids = IntentIDs(contract: contract, window: record.window, revision: record.revision)
        self.init(
            id: ids.intent,
            correlationID: ids.correlation,
            createdAt: now,
            createdBy: contract.intents.createdBy,
            targetTopic: contract.intents.recordTopic,
            targetKey: ids.aggregation.description,
            targetEventType: Self.recordEventType,
            targetEventPayload: Self.payload(of: record, ids: ids, at: now, aggregationDuration: aggregationDuration),
            priority: contract.intents.priority,
            retry: contract.intents.retry
        )
    }

    /// The JSON text of a record, whole: that of ``WindowRecord/write(into:)`` with its ids and the members of this run.
    public static func payload(
        of record: WindowRecord,
        ids: IntentIDs,
        at now: EventTime,
        aggregationDuration: Duration
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("event_type", Self.recordEventType)
            json.member("event_id", ids.event.description)
            json.member("correlation_id", ids.correlation.description)
            json.member("aggregation_id", ids.aggregation.description)
            record.write(into: &json)
            let milliseconds = Double(aggregationDuration.inMicroseconds) / 1000
            json.member("timestamp", now.description)
            json.member("created_at", now.description)
            json.member("aggregation_duration_ms", milliseconds)
            json.member(
                "items_per_second",
                milliseconds > 0 ? Double(record.aggregate.eventCount) / milliseconds * 1000 : 0
            )
        }
        return json.bytes
    }

    /// The JSON text of the intent.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("intent_id", id.description)
            json.member("correlation_id", correlationID.description)
            json.member("created_at", createdAt.description)
            json.member("created_by", createdBy)
            json.member("target_topic", targetTopic)
            json.member("target_key", targetKey)
            json.member("target_event_type", targetEventType)
            json.key("target_event_payload")
            json.raw(targetEventPayload)
            json.member("priority", priority)
            json.key("retry_policy")
            if let retry {
                json.object { json in
                    json.member("attempts_max", retry.attemptsMax)
                    json.member("backoff_initial_ms", retry.backoffInitial.inMilliseconds)
                    json.member("backoff_max_ms", retry.backoffMax.inMilliseconds)
                    json.member("multiplier", retry.multiplier)
                }
            } else {
                json.null()
            }
        }
        return json.bytes
    }
}

/// What came of carrying out an intent (SPEC 4).
public struct IntentResult: Sendable, Hashable {
    public var intentID: UUID128
    public var correlationID: UUID128
    /// Wall clock.
    public var executedAt: EventTime
    public var success: Bool
    /// Nil on success.
    public var errorMessage: String?
    public var executionDuration: Duration

    public init(
        intentID: UUID128,
        correlationID: UUID128,
        executedAt: EventTime,
        success: Bool,
        errorMessage: String?,
        executionDuration: Duration
    ) {
        self.intentID = intentID
        self.correlationID = correlationID
        self.executedAt = executedAt
        self.success = success
        self.errorMessage = errorMessage
        self.executionDuration = executionDuration
    }

    /// The JSON text of the result.
    public func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("intent_id", intentID.description)
            json.member("correlation_id", correlationID.description)
            json.member("executed_at", executedAt.description)
            json.member("success", success)
            json.member("error_message", errorMessage)
            json.member("execution_duration_ms", Double(executionDuration.inMicroseconds) / 1000)
        }
    }
}

extension Intent {
    /// The `target_event_type` within ``json``; nil for text that this type did not write. Types are plain names. O(bytes before it).
    public static func targetEventType(inJSON json: [UInt8]) -> String? { text("target_event_type", inJSON: json) }

    /// A member of ``json`` that stands before the payload, and whose text needs no escapes; nil for text that this type did not write.
    /// O(bytes before it).
    public static func text(_ member: String, inJSON json: [UInt8]) -> String? {
        let before = Array("\"\(member)\":\"".utf8)
        guard json.count > before.count,
            let start = json.indices.dropLast(before.count).first(where: { json[$0...].starts(with: before) })
        else { return nil }
        return String(decoding: json[(start + before.count)...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    /// The bytes of `target_event_payload` within ``json``; nil for text that this type did not write. O(bytes).
    public static func targetEventPayload(inJSON json: [UInt8]) -> ArraySlice<UInt8>? {
        let before = Array("\"target_event_payload\":".utf8)
        let after = Array(",\"priority\":".utf8)
        guard json.count > before.count + after.count,
            let start = json.indices.dropLast(before.count).first(where: { json[$0...].starts(with: before) }),
            let end = json.indices.dropLast(after.count).last(where: { json[$0...].starts(with: after) }),
            start + before.count <= end
        else { return nil }
        return json[(start + before.count)..<end]
    }
}
