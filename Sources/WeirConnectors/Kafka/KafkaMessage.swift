import WeirCore
import WeirWire

/// A message to publish.
struct KafkaMessage: Sendable, Equatable {
    var topic: String
    var key: String
    var headers: [Header]
    var value: ArraySlice<UInt8>

    struct Header: Sendable, Equatable {
        var name: String
        var value: String
    }

    init(topic: String, key: String, headers: [Header], value: ArraySlice<UInt8>) {
        self.topic = topic
        self.key = key
        self.headers = headers
        self.value = value
    }

    /// The event that an intent publishes, to the topic that it names. Nil for text that is no intent's.
    init?(event intent: LeasedIntent) {
        guard let topic = Intent.text("target_topic", inJSON: intent.json),
            let key = Intent.text("target_key", inJSON: intent.json),
            let type = Intent.targetEventType(inJSON: intent.json),
            let event = Intent.targetEventPayload(inJSON: intent.json)
        else { return nil }
        self.init(topic: topic, key: key, headers: Self.headers(of: intent, type: type), value: event)
    }

    /// An intent, whole, for executors that have theirs from a topic. Nil for text that is no intent's.
    init?(intent: LeasedIntent, topic: String) {
        guard let key = Intent.text("target_key", inJSON: intent.json) else { return nil }
        let headers = Self.headers(of: intent, type: Self.intentType)
        self.init(topic: topic, key: key, headers: headers, value: intent.json[...])
    }

    /// What came of carrying out an intent.
    init(result: IntentResult, topic: String) {
        var json = JSONWriter()
        result.write(into: &json)
        self.init(
            topic: topic,
            key: result.intentID.description,
            headers: Self.headers(result.intentID, result.correlationID, type: Self.resultType),
            value: json.bytes[...]
        )
    }

    private static let intentType = "EVENT_PUBLISH_INTENT"
    private static let resultType = "EVENT_PUBLISH_RESULT"

    private static func headers(of intent: LeasedIntent, type: String) -> [Header] {
        headers(intent.id, intent.correlationID, type: type)
    }

    private static func headers(_ intent: UUID128, _ correlation: UUID128, type: String) -> [Header] {
        [
            Header(name: "intent_id", value: intent.description),
            Header(name: "correlation_id", value: correlation.description),
            Header(name: "event_type", value: type),
            Header(name: "content-type", value: "application/json"),
        ]
    }
}

extension LeasedIntent {
    /// An intent that came by a topic.
    ///
    /// - Parameter json: as ``KafkaMessage/init(intent:topic:)`` published it; nil for other text.
    public init?(published json: [UInt8], topic: String) {
        guard let id = Intent.text("intent_id", inJSON: json).flatMap({ UUID128($0) }),
            let correlation = Intent.text("correlation_id", inJSON: json).flatMap({ UUID128($0) }),
            Intent.targetEventPayload(inJSON: json) != nil
        else { return nil }
        self.init(id: id, correlationID: correlation, topic: topic, json: json, attempt: 1)
    }
}
