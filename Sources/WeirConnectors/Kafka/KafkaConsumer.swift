import CKafka
import WeirWire

/// A member of a consumer group under a name of its own (KIP-345), so that it has its partitions again when it comes back within the
/// session's time-out. For one thread that polls it.
public final class KafkaConsumer {
    public typealias Partition = LogPositions.Partition

    /// What a member of a group is told, besides messages.
    public enum Event: Sendable {
        case assigned(Set<Partition>)
        case revoked(Set<Partition>)
        case lost(Set<Partition>)
        /// The group has these positions.
        case committed(LogPositions)
        case commitFailed(KafkaFailure)
        /// Something is wrong that librdkafka goes on trying to mend.
        case trouble(KafkaFailure)
    }

    /// How a group is joined, and what is fetched ahead.
    public struct Membership: Sendable, Hashable {
        public var group: String
        public var topics: [String]
        /// Bytes of messages that are fetched ahead, in all; a single larger message has room.
        public var bufferBytes = 16 << 20

        public init(group: String, topics: [String]) {
            self.group = group
            self.topics = topics
        }
    }

    /// Wall clock: a member that does not poll for longer is out of its group.
    private static let pollIntervalMax = Duration.seconds(300)
    /// Wall clock: how long the group may take to answer what is asked of it.
    private static let answerTimeout = Duration.seconds(5)
    /// Wall clock: a topic that was made after the start is found so long after, at most.
    private static let refreshInterval = Duration.seconds(30)

    private let client: KafkaClient
    private let group: String

    /// - Parameters:
    ///   - node: the member's name in the group; two members of one name throw each other out.
    public init(
        _ settings: KafkaSettings,
        password: String?,
        node: String,
        _ membership: Membership
    ) throws(KafkaFailure) {
        group = membership.group
        var options = settings.readerOptions(node: node, password: password, bufferBytes: membership.bufferBytes)
        options["group.id"] = membership.group
        options["group.instance.id"] = node
        options["partition.assignment.strategy"] = "cooperative-sticky"
        options["session.timeout.ms"] = "\(settings.sessionTimeout.milliseconds)"
        options["heartbeat.interval.ms"] = "\(min(3000, settings.sessionTimeout.milliseconds / 3))"
        options["max.poll.interval.ms"] = "\(max(Self.pollIntervalMax, settings.sessionTimeout).milliseconds)"
        options["auto.offset.reset"] = "earliest"
        options["topic.metadata.refresh.interval.ms"] = "\(Self.refreshInterval.milliseconds)"
        client = try KafkaClient(
            RD_KAFKA_CONSUMER,
            options,
            events: RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE,
            place: settings.place
        )
        let topics = Partition.list(membership.topics.map { Partition(topic: $0, number: RD_KAFKA_PARTITION_UA) })
        defer { rd_kafka_topic_partition_list_destroy(topics) }
        let names = membership.topics.joined(separator: ", ")
        try check(rd_kafka_subscribe(client.handle, topics), "subscribe to \(names)")
    }

    /// Why it is out of use for good, and a new one is needed; nil while it works.
    public var failure: KafkaFailure? { client.fatalFailure }

    /// Waits for the next messages or events, and takes what is there.
    ///
    /// - Parameters:
    ///   - batch: takes messages until it has so many bytes.
    ///   - body: is given what else comes.
    public func poll(
        _ timeout: Duration,
        into batch: inout KafkaBatch,
        upTo bytes: Int,
        _ body: (Event) -> Void
    ) {
        var timeout = timeout
        var names = KafkaPartitionNames()
        while true {
            let isEvent = client.poll(timeout) { event, type in
                if type == RD_KAFKA_EVENT_FETCH {
                    client.forgetTrouble()
                    batch.add(event, &names)
                } else if let event = self.event(event, type) {
                    body(event)
                }
            }
            guard isEvent, batch.body.count < bytes else { return }
            timeout = .zero
        }
    }

    /// What an event besides messages says.
    private func event(_ event: OpaquePointer, _ type: Int32) -> Event? {
        switch type {
        case RD_KAFKA_EVENT_REBALANCE:
            let partitions = Set(
                Partition.elements(of: rd_kafka_event_topic_partition_list(event)).map { Partition($0) }
            )
            if rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS { return .assigned(partitions) }
            return rd_kafka_assignment_lost(client.handle) != 0 ? .lost(partitions) : .revoked(partitions)
        case RD_KAFKA_EVENT_OFFSET_COMMIT: return commitOutcome(event)
        case RD_KAFKA_EVENT_ERROR: return .trouble(trouble(event))
        default: return nil
        }
    }

    /// Where the group is in some partitions, as far as it has been there. Waits for the answer.
    public func committed(of partitions: Set<Partition>) throws(KafkaFailure) -> LogPositions {
        let list = Partition.list(partitions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        try check(
            rd_kafka_committed(client.handle, list, Int32(Self.answerTimeout.milliseconds)),
            "ask for the offsets of group \(group)"
        )
        return try positions(list, "ask for the offsets of group \(group)")
    }

    /// Begins to read partitions; those without a position where the group is, or at their beginning.
    public func assign(_ partitions: Set<Partition>, at positions: LogPositions) throws(KafkaFailure) {
        let list = Partition.list(partitions, at: positions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        if let failure = client.failure(rd_kafka_incremental_assign(client.handle, list), "take partitions") {
            throw failure
        }
    }

    public func unassign(_ partitions: Set<Partition>) throws(KafkaFailure) {
        let list = Partition.list(partitions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        if let failure = client.failure(rd_kafka_incremental_unassign(client.handle, list), "give partitions back") {
            throw failure
        }
    }

    /// Reads no further, or goes on.
    public func pause(_ partitions: Set<Partition>) { pause(partitions, rd_kafka_pause_partitions) }
    public func resume(_ partitions: Set<Partition>) { pause(partitions, rd_kafka_resume_partitions) }

    /// Tells the group where the reader is; the group's answer comes as an event.
    public func commit(_ positions: LogPositions) throws(KafkaFailure) {
        let list = Partition.list(Set(positions.next.keys), at: positions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        try check(
            rd_kafka_commit_queue(client.handle, list, client.queue, nil, nil),
            "commit offsets of group \(group)"
        )
    }

    /// Tells the group where the reader is, and waits for its answer.
    public func commit(_ positions: LogPositions, within timeout: Duration) throws(KafkaFailure) {
        let doing = "commit offsets of group \(group)"
        let list = Partition.list(Set(positions.next.keys), at: positions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        let answers = rd_kafka_queue_new(client.handle)
        defer { rd_kafka_queue_destroy(answers) }
        try check(rd_kafka_commit_queue(client.handle, list, answers, nil, nil), doing)
        guard let event = rd_kafka_queue_poll(answers, Int32(timeout.milliseconds)) else {
            throw client.failure(RD_KAFKA_RESP_ERR__TIMED_OUT, doing)
        }
        defer { rd_kafka_event_destroy(event) }
        if case .commitFailed(let failure) = commitOutcome(event) { throw failure }
    }

    /// The offset after a partition's last message, as far as fetching has shown; nil before that. No request.
    public func end(of partition: Partition) -> Int64? { client.end(of: partition) }

    // MARK: - librdkafka

    private func pause(
        _ partitions: Set<Partition>,
        _ function: (OpaquePointer?, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> rd_kafka_resp_err_t
    ) {
        let list = Partition.list(partitions)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        // It fails by partition only, for those that are not assigned any more.
        _ = function(client.handle, list)
    }

    private func commitOutcome(_ event: OpaquePointer) -> Event {
        let doing = "commit offsets of group \(group)"
        do throws(KafkaFailure) {
            try check(rd_kafka_event_error(event), doing)
            return .committed(try positions(rd_kafka_event_topic_partition_list(event), doing))
        } catch { return .commitFailed(error) }
    }

    private func trouble(_ event: OpaquePointer) -> KafkaFailure {
        let error = rd_kafka_event_error(event)
        return KafkaFailure(
            place: client.place,
            doing: "consume",
            message: rd_kafka_event_error_string(event).map { String(cString: $0) } ?? "",
            code: String(cString: rd_kafka_err2name(error)),
            isFatal: rd_kafka_event_error_is_fatal(event) != 0,
            trouble: client.trouble
        )
    }

    private func check(_ error: rd_kafka_resp_err_t, _ doing: String) throws(KafkaFailure) {
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        throw client.failure(error, doing)
    }

    /// The offsets in a list, of which partitions may have none.
    private func positions(
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?,
        _ doing: String
    ) throws(KafkaFailure) -> LogPositions {
        var positions = LogPositions(reader: group)
        for element in Partition.elements(of: list) {
            try check(element.err, "\(doing) in \(Partition(element))")
            if element.offset >= 0 { positions.advance(Partition(element), to: element.offset) }
        }
        return positions
    }
}
