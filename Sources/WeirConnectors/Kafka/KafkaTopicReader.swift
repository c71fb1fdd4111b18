import CKafka
import WeirCore
import WeirWire

/// Reads partitions of topics from one offset to another, as no member of a group and without a trace in one. For one thread that polls
/// it.
public final class KafkaTopicReader {
    public typealias Partition = LogPositions.Partition

    /// Wall clock: how long a broker may take to answer what is asked of it.
    private static let answerTimeout = Duration.seconds(10)
    /// Wall clock: how long nothing may come while something is to come.
    private static let silenceMax = Duration.seconds(60)
    /// Bytes of messages that are fetched ahead.
    private static let bufferBytes = 16 << 20
    /// librdkafka keeps no positions by itself without a group's name. This one is never joined, and nothing is committed to it.
    private static let group = "weir-replay"

    private let client: KafkaClient
    /// What is still to be read, by partition that has not come to its end.
    private var open: [Partition: Range<Int64>] = [:]
    /// Those of them that are read to their end, which the first messages tell: there are brokers that answer with less when they are asked.
    private var endless: Set<Partition> = []
    private var lastNewsAt = ContinuousClock.now

    /// - Parameter node: completes the client's name.
    public init(_ settings: KafkaSettings, password: String?, node: String) throws(KafkaFailure) {
        var options = settings.readerOptions(node: node, password: password, bufferBytes: Self.bufferBytes)
        options["group.id"] = Self.group
        options["auto.offset.reset"] = "error"
        options["enable.partition.eof"] = "true"
        client = try KafkaClient(RD_KAFKA_CONSUMER, options, events: RD_KAFKA_EVENT_FETCH, place: settings.place)
    }

    // MARK: - What is there

    /// The partitions of a topic, ascending.
    public func partitions(of topic: String) throws(KafkaFailure) -> [Partition] {
        let doing = "ask for the partitions of \(topic)"
        let handle = rd_kafka_topic_new(client.handle, topic, nil)
        defer { rd_kafka_topic_destroy(handle) }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        try check(
            rd_kafka_metadata(client.handle, 0, handle, &metadata, Int32(Self.answerTimeout.milliseconds)),
            doing
        )
        defer { rd_kafka_metadata_destroy(metadata) }
        guard let found = metadata?.pointee, found.topic_cnt == 1, let one = found.topics?.pointee else {
            throw client.failure(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, doing)
        }
        try check(one.err, doing)
        return (0..<Int(one.partition_cnt)).map { Partition(topic: topic, number: one.partitions[$0].id) }.sorted()
    }

    /// The offsets that are there now, from the first that was not removed to the one after the last.
    public func extent(of partition: Partition) throws(KafkaFailure) -> Range<Int64> {
        var (low, high) = (Int64(0), Int64(0))
        try check(
            rd_kafka_query_watermark_offsets(
                client.handle,
                partition.topic,
                partition.number,
                &low,
                &high,
                Int32(Self.answerTimeout.milliseconds)
            ),
            "ask for the offsets of \(partition)"
        )
        return low..<max(low, high)
    }

    /// By partition, the first offset whose message the broker has stamped at or after a moment; none where all are before it.
    public func offsets(at time: EventTime, in partitions: [Partition]) throws(KafkaFailure) -> [Partition: Int64] {
        let doing = "ask for the offsets at \(time)"
        var times = LogPositions(reader: Self.group)
        for partition in partitions { times.advance(partition, to: max(0, time.microseconds / 1000)) }
        let list = Partition.list(partitions, at: times)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        try check(rd_kafka_offsets_for_times(client.handle, list, Int32(Self.answerTimeout.milliseconds)), doing)
        var offsets: [Partition: Int64] = [:]
        for element in Partition.elements(of: list) {
            try check(element.err, "\(doing) in \(Partition(element))")
            if element.offset >= 0 { offsets[Partition(element)] = element.offset }
        }
        return offsets
    }

    // MARK: - Reading

    /// Begins to read ranges of offsets. Once.
    ///
    /// - Parameter endless: partitions that are read to where they end when the first messages come, if that is further.
    public func read(
        _ ranges: [Partition: Range<Int64>],
        toTheEndOf endless: Set<Partition>
    ) throws(KafkaFailure) {
        open = ranges.filter { !$0.value.isEmpty }
        self.endless = endless
        var positions = LogPositions(reader: Self.group)
        for (partition, range) in open { positions.advance(partition, to: range.lowerBound) }
        let list = Partition.list(Array(open.keys), at: positions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        try check(rd_kafka_assign(client.handle, list), "take partitions")
        lastNewsAt = .now
    }

    /// Whether everything was read.
    public var isAtEnd: Bool { open.isEmpty }

    /// Waits for the next messages, and takes what is there.
    ///
    /// - Parameter batch: takes messages until it has so many bytes.
    public func poll(_ timeout: Duration, into batch: inout KafkaBatch, upTo bytes: Int) throws(KafkaFailure) {
        var timeout = timeout
        var names = KafkaPartitionNames()
        var failure: KafkaFailure?
        var isEvent = true
        while isEvent, failure == nil, !isAtEnd, batch.body.count < bytes {
            isEvent = client.poll(timeout) { event, type in
                if type == RD_KAFKA_EVENT_FETCH {
                    take(event, into: &batch, &names)
                } else if type == RD_KAFKA_EVENT_ERROR {
                    failure = note(event)
                }
            }
            timeout = .zero
        }
        if let failure = failure ?? client.fatalFailure { throw failure }
        if !isAtEnd, ContinuousClock.now - lastNewsAt > Self.silenceMax {
            throw client.failure(
                RD_KAFKA_RESP_ERR__TIMED_OUT,
                "read \(open.keys.sorted().map(\.description).joined(separator: ", "))"
            )
        }
    }

    private func take(_ event: OpaquePointer, into batch: inout KafkaBatch, _ names: inout KafkaPartitionNames) {
        lastNewsAt = .now
        client.forgetTrouble()
        batch.add(event, &names) { partition, offset in
            learnEnd(of: partition)
            guard let range = open[partition] else { return false }
            advance(partition, to: offset + 1)
            return range.contains(offset)
        }
    }

    /// Returns why reading can't go on.
    private func note(_ event: OpaquePointer) -> KafkaFailure? {
        switch rd_kafka_event_error(event) {
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            // The last offsets of a partition may have no message: they were compacted, or are marks of transactions.
            client.forgetTrouble()
            guard let end = rd_kafka_event_topic_partition(event) else { return nil }
            defer { rd_kafka_topic_partition_destroy(end) }
            advance(Partition(end.pointee), to: end.pointee.offset)
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
            return client.failure(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, "read what was removed meanwhile")
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR__AUTHENTICATION:
            return client.failure(rd_kafka_event_error(event), "read")
        default:
            // librdkafka goes on trying to mend it; silence ends that.
            break
        }
        return nil
    }

    private func learnEnd(of partition: Partition) {
        guard endless.remove(partition) != nil, let range = open[partition] else { return }
        open[partition] = range.lowerBound..<max(range.upperBound, client.end(of: partition) ?? 0)
    }

    private func advance(_ partition: Partition, to offset: Int64) {
        guard let range = open[partition], offset > range.lowerBound else { return }
        open[partition] = offset < range.upperBound ? offset..<range.upperBound : nil
        guard open[partition] == nil else { return }
        let list = Partition.list([partition])
        defer { rd_kafka_topic_partition_list_destroy(list) }
        // What is fetched beyond the end is of no use; it fails only for what is not assigned.
        _ = rd_kafka_pause_partitions(client.handle, list)
    }

    private func check(_ error: rd_kafka_resp_err_t, _ doing: String) throws(KafkaFailure) {
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        // A question does not poll. With nothing to read, no message is among what comes.
        if isAtEnd { client.takeTrouble() }
        throw client.failure(error, doing)
    }
}
