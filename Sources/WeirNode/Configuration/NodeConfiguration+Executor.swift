extension NodeConfiguration {
    /// Where an executor carries intents out to, besides its files and its PUB socket.
    public struct Executor: Sendable, Hashable {
        /// Connection string of libpq, without a password; nil for no PostgreSQL.
        public var postgreSQL: String?
        /// Schema of Weir's tables, one for each cluster.
        public var postgreSQLSchema = "weir"
        /// What it publishes to ``NodeConfiguration/kafka``.
        public var kafka = KafkaOutput.off
        /// Where its intents come from.
        public var intents = IntentSupply.lease
        /// The consumer group of executors that have their intents from Kafka.
        public var kafkaGroup = "weir-executors"
        /// Where they publish what came of each.
        public var kafkaResultTopic = "dev.coordination.event_publish_result.v1"
        /// Wall clock: how long a sink may take for one round, 100 ms…10 min.
        public var sinkTimeout = Duration.seconds(10)

        public init() {}
    }

    public enum KafkaOutput: String, Sendable, CaseIterable {
        case off
        /// The event of each intent, to the topic that the intent names.
        case events
        /// Each intent, whole, to the contract's topic of intents.
        case intents
    }

    public enum IntentSupply: String, Sendable, CaseIterable {
        case lease
        /// The contract's topic of intents.
        case kafka
    }
}
