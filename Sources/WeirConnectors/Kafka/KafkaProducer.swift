import CKafka

/// An idempotent producer that all replicas in sync have to acknowledge, of one thread that polls it.
final class KafkaProducer {
    /// What became of a message.
    struct Delivery {
        /// That ``send(_:as:)`` was given.
        var number: UInt
        /// Nil when the brokers have it.
        var failure: KafkaFailure?
    }

    /// Longest message in bytes; the topic's own limit is lower as a rule, and its refusal says so.
    private static let messageBytesMax = 64 << 20

    private let client: KafkaClient

    /// - Parameters:
    ///   - node: completes the client's name.
    ///   - timeout: a message that is not acknowledged within it has failed.
    init(_ settings: KafkaSettings, password: String?, node: String, timeout: Duration) throws(KafkaFailure) {
        var options = settings.options(node: node, password: password)
        options["enable.idempotence"] = "true"
        options["acks"] = "all"
        // Of several requests under way librdkafka takes the acknowledgement of a later one for that of an earlier one that failed: the broker
        // has refused the later, as its sequence has a gap. One that does not count sequences, as some that speak the protocol, would lose
        // the earlier without a word.
        options["max.in.flight.requests.per.connection"] = "1"
        options["compression.type"] = "lz4"
        options["message.max.bytes"] = "\(Self.messageBytesMax)"
        options["message.timeout.ms"] = "\(timeout.milliseconds)"
        // A topic that does not come up is named before the time-out, which would not name it.
        options["topic.metadata.propagation.max.ms"] = "\(timeout.milliseconds / 2)"
        client = try KafkaClient(RD_KAFKA_PRODUCER, options, events: RD_KAFKA_EVENT_DR, place: settings.place)
    }

    /// Why it can take no more messages, and a new one is needed; nil while it can.
    var failure: KafkaFailure? { client.fatalFailure }

    /// Queues a message; what becomes of it comes out of ``poll(_:)`` under its number, which is not 0.
    func send(_ message: KafkaMessage, as number: UInt) throws(KafkaFailure) {
        let doing = "publish to \(message.topic)"
        let headers = rd_kafka_headers_new(message.headers.count)
        for header in message.headers { rd_kafka_header_add(headers, header.name, -1, header.value, -1) }
        let error = message.topic.withCString { topic in
            message.key.withCString { key in
                message.value.withUnsafeBytes { value in
                    var values = [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 6)
                    values[0].vtype = RD_KAFKA_VTYPE_TOPIC
                    values[0].u.cstr = topic
                    values[1].vtype = RD_KAFKA_VTYPE_KEY
                    values[1].u.mem.ptr = UnsafeMutableRawPointer(mutating: key)
                    values[1].u.mem.size = message.key.utf8.count
                    values[2].vtype = RD_KAFKA_VTYPE_VALUE
                    values[2].u.mem.ptr = UnsafeMutableRawPointer(mutating: value.baseAddress)
                    values[2].u.mem.size = value.count
                    values[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                    values[3].u.i = RD_KAFKA_MSG_F_COPY
                    values[4].vtype = RD_KAFKA_VTYPE_HEADERS
                    values[4].u.headers = headers
                    values[5].vtype = RD_KAFKA_VTYPE_OPAQUE
                    values[5].u.ptr = UnsafeMutableRawPointer(bitPattern: number)
                    return rd_kafka_produceva(client.handle, &values, values.count)
                }
            }
        }
        if let failure = client.failure(error, doing) {
            rd_kafka_headers_destroy(headers)  // A message that was taken owns them.
            throw failure
        }
    }

    /// Waits for acknowledgements and failures.
    func poll(_ timeout: Duration) -> [Delivery] {
        var deliveries: [Delivery] = []
        client.poll(timeout) { event, type in
            guard type == RD_KAFKA_EVENT_DR else { return }
            while let message = rd_kafka_event_message_next(event)?.pointee {
                let topic = message.rkt.map { String(cString: rd_kafka_topic_name($0)) } ?? "?"
                let isDone = message.err == RD_KAFKA_RESP_ERR_NO_ERROR
                if isDone { client.forgetTrouble() }
                deliveries.append(
                    Delivery(
                        number: UInt(bitPattern: message._private),
                        failure: isDone ? nil : client.failure(message.err, "publish to \(topic)")
                    )
                )
            }
        }
        return deliveries
    }
}

extension Duration {
    /// Whole milliseconds, as librdkafka's options want them.
    var milliseconds: Int { Int(self / .milliseconds(1)) }
}
