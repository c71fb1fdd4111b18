import CKafka

/// Names of partitions, made once for messages of one that follow each other.
struct KafkaPartitionNames {
    private var last: (topic: OpaquePointer, partition: KafkaBatch.Partition)?

    init() {}

    mutating func partition(_ topic: OpaquePointer, _ number: Int32) -> KafkaBatch.Partition {
        if let last, last.topic == topic, last.partition.number == number { return last.partition }
        let partition = KafkaBatch.Partition(topic: String(cString: rd_kafka_topic_name(topic)), number: number)
        last = (topic, partition)
        return partition
    }
}
