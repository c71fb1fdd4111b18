import CKafka

extension KafkaBatch {
    /// Adds the messages that librdkafka has fetched. O(bytes).
    ///
    /// - Parameter isWanted: whether a message is taken, by where it is.
    mutating func add(
        _ fetched: OpaquePointer,
        _ names: inout KafkaPartitionNames,
        where isWanted: (Partition, Int64) -> Bool = { _, _ in true }
    ) {
        while let message = rd_kafka_event_message_next(fetched)?.pointee {
            guard message.err == RD_KAFKA_RESP_ERR_NO_ERROR, let topic = message.rkt else { continue }
            let partition = names.partition(topic, message.partition)
            guard isWanted(partition, message.offset) else { continue }
            add(
                UnsafeRawBufferPointer(start: message.payload, count: message.len),
                from: partition,
                at: message.offset
            )
        }
    }
}
