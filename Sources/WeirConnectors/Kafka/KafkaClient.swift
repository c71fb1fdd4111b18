import CKafka

/// A client of librdkafka, for one thread that polls it. What happens comes as events out of its queue, and never by callbacks.
final class KafkaClient {
    let handle: OpaquePointer
    /// Where everything comes out.
    let queue: OpaquePointer
    private let destroyFlags: Int32
    let place: String
    /// What the connections have reported, as far as it was polled, until ``forgetTrouble()``.
    private(set) var trouble: KafkaTrouble?

    /// Bytes of librdkafka's messages about settings.
    private static let messageBytes = 512
    /// The lines of librdkafka's log that say why a connection ended.
    private static let endOfConnection = "FAIL"

    /// - Parameters:
    ///   - events: a set of `RD_KAFKA_EVENT_…`, besides errors.
    ///   - place: where the options lead, for errors.
    init(
        _ type: rd_kafka_type_t,
        _ options: [String: String],
        events: Int32,
        place: String
    ) throws(KafkaFailure) {
        self.place = place
        let configuration = rd_kafka_conf_new()
        var message = [CChar](repeating: 0, count: Self.messageBytes)
        func refusal() -> KafkaFailure {
            rd_kafka_conf_destroy(configuration)
            return KafkaFailure(place: place, doing: "begin", message: Self.text(message), code: nil)
        }
        for (name, value) in options.sorted(by: { $0.key < $1.key }) {
            guard rd_kafka_conf_set(configuration, name, value, &message, message.count) == RD_KAFKA_CONF_OK else {
                throw refusal()
            }
        }
        rd_kafka_conf_set_events(configuration, events | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG)
        // What matters comes as an event; lines of its own on standard error would break the format of the log. Of a connection that a
        // broker closes without a word, only the log says so.
        rd_kafka_conf_set(configuration, "log.queue", "true", nil, 0)
        guard let handle = rd_kafka_new(type, configuration, &message, message.count) else { throw refusal() }
        self.handle = handle
        if type == RD_KAFKA_CONSUMER {
            // A member of fixed name does not leave its group: there is nothing to close, and nothing to wait for.
            destroyFlags = RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE
            rd_kafka_poll_set_consumer(handle)
            queue = rd_kafka_queue_get_consumer(handle)
        } else {
            destroyFlags = 0
            queue = rd_kafka_queue_get_main(handle)
        }
        rd_kafka_set_log_queue(handle, queue)
    }

    deinit {
        rd_kafka_queue_destroy(queue)
        rd_kafka_destroy_flags(handle, destroyFlags)
    }

    /// Waits for an event, and gives it to `body`. Returns whether there was one.
    @discardableResult
    func poll(_ timeout: Duration, _ body: (_ event: OpaquePointer, _ type: Int32) -> Void) -> Bool {
        guard let event = rd_kafka_queue_poll(queue, Int32(timeout / .milliseconds(1))) else { return false }
        defer { rd_kafka_event_destroy(event) }
        let type = rd_kafka_event_type(event)
        if let new = Self.trouble(event, type), new.replaces(trouble) { trouble = new }
        body(event, type)
        return true
    }

    /// Takes what the connections have reported. For a client that has nothing to read: messages would be lost.
    func takeTrouble() {
        while poll(.zero, { _, _ in }) {}
    }

    private static func trouble(_ event: OpaquePointer, _ type: Int32) -> KafkaTrouble? {
        switch type {
        case RD_KAFKA_EVENT_ERROR:
            return rd_kafka_event_error_string(event).map {
                KafkaTrouble(
                    message: String(cString: $0),
                    code: String(cString: rd_kafka_err2name(rd_kafka_event_error(event)))
                )
            }
        case RD_KAFKA_EVENT_LOG:
            var (facility, line): (UnsafePointer<CChar>?, UnsafePointer<CChar>?)
            var level: Int32 = 0
            guard rd_kafka_event_log(event, &facility, &line, &level) == 0, let facility, let line,
                String(cString: facility) == endOfConnection
            else { return nil }
            // `[thrd:NAME]: ` says which of librdkafka's threads wrote it.
            let text = String(cString: line)
            return KafkaTrouble(message: text.split(separator: "]: ", maxSplits: 1).last.map(String.init) ?? text)
        default: return nil
        }
    }

    /// The offset after a partition's last message, as far as fetching has shown; nil before that. No request.
    func end(of partition: KafkaBatch.Partition) -> Int64? {
        var (low, high) = (Int64(-1), Int64(-1))
        let error = rd_kafka_get_watermark_offsets(handle, partition.topic, partition.number, &low, &high)
        return error == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }

    func forgetTrouble() { trouble = nil }

    func failure(_ error: rd_kafka_resp_err_t, _ doing: String) -> KafkaFailure {
        KafkaFailure(error, place: place, doing: doing, trouble: trouble, isFatal: fatalFailure != nil)
    }

    /// Takes over an error of librdkafka, whose message says more than its code; nil for none.
    func failure(_ error: OpaquePointer?, _ doing: String) -> KafkaFailure? {
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        return KafkaFailure(
            place: place,
            doing: doing,
            message: String(cString: rd_kafka_error_string(error)),
            code: String(cString: rd_kafka_error_name(error)),
            isFatal: rd_kafka_error_is_fatal(error) != 0
        )
    }

    /// Why the client has given up for good, such as an idempotent producer whose sequence the broker has lost; nil while it works.
    var fatalFailure: KafkaFailure? {
        var message = [CChar](repeating: 0, count: Self.messageBytes)
        let error = rd_kafka_fatal_error(handle, &message, message.count)
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaFailure(
            place: place,
            doing: "go on",
            message: Self.text(message),
            code: String(cString: rd_kafka_err2name(error)),
            isFatal: true
        )
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
