import WeirConnectors
import WeirCore

extension KafkaConsumer.Membership {
    init(group: String, _ configuration: NodeConfiguration, _ contract: Contract) {
        self.init(group: group, topics: contract.events.topics.values.sorted())
        bufferBytes = configuration.ingest.kafkaBufferBytes
    }
}

extension KafkaSourceMachine.Limits {
    init(_ configuration: NodeConfiguration) {
        self.init()
        batchBytes = configuration.ingest.kafkaBatchBytes
    }
}
