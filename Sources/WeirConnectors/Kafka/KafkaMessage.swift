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

    private static func headers(of intent: LeasedIntent, type: String) -> [Header] {
        [
            Header(name: "intent_id", value: intent.id.description),
            Header(name: "correlation_id", value: intent.correlationID.description),
            Header(name: "event_type", value: type),
            Header(name: "content-type", value: "application/json"),
        ]
    }
}
