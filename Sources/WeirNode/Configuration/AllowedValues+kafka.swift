import WeirConnectors

extension AllowedValues where Value == String {
    /// The brokers that a client of Kafka asks first.
    static var brokers: Self {
        Self(
            description: "1 to 64 brokers as HOST:PORT, with commas between them",
            read: { node in node.text.flatMap { KafkaSettings.isBrokerList($0) ? $0 : nil } },
            write: { "\"\($0)\"" }
        )
    }
}
