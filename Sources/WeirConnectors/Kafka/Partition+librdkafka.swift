import CKafka
import WeirWire

extension LogPositions.Partition {
    init(_ element: rd_kafka_topic_partition_t) {
        self.init(topic: String(cString: element.topic), number: element.partition)
    }

    /// A list of partitions, to be destroyed by who asked for it; those without a position have none in it either.
    static func list(
        _ partitions: some Collection<Self>,
        at positions: LogPositions? = nil
    ) -> UnsafeMutablePointer<rd_kafka_topic_partition_list_t> {
        let list = rd_kafka_topic_partition_list_new(Int32(partitions.count))!  // It aborts where no memory is left.
        for partition in partitions {
            let element = rd_kafka_topic_partition_list_add(list, partition.topic, partition.number)
            if let position = positions?.next[partition] { element?.pointee.offset = position }
        }
        return list
    }

    static func elements(
        of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) -> UnsafeBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeBufferPointer(start: list?.pointee.elems, count: Int(list?.pointee.cnt ?? 0))
    }
}
