import CKafka

/// Something that was asked of Kafka failed.
public struct KafkaFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// `kafka://HOST:PORT,…`.
    public var place: String
    /// What was being done.
    public var doing: String
    /// librdkafka's or the broker's message.
    public var message: String
    /// librdkafka's name of the error, such as `MSG_SIZE_TOO_LARGE`; nil for settings that it does not take.
    public var code: String?
    /// The client can't go on; a new one may.
    public var isFatal: Bool
    /// What the connections had reported of late, which says more than a time-out.
    var trouble: KafkaTrouble?

    /// The first librdkafka, as `rd_kafka_version()` has it, whose SCRAM is that of RFC 5802: 2.6.1. Earlier ones send their own part of the
    /// nonce twice, which Kafka 4 takes for a wrong password (https://github.com/confluentinc/librdkafka/pull/4895).
    private static let firstWithScram: Int32 = 0x02_06_01_FF

    init(
        place: String,
        doing: String,
        message: String,
        code: String?,
        isFatal: Bool = false,
        trouble: KafkaTrouble? = nil
    ) {
        self.place = place
        self.doing = doing
        self.message = message
        self.code = code
        self.isFatal = isFatal
        self.trouble = trouble?.message == message ? nil : trouble
    }

    init(
        _ error: rd_kafka_resp_err_t,
        place: String,
        doing: String,
        trouble: KafkaTrouble? = nil,
        isFatal: Bool = false
    ) {
        self.init(
            place: place,
            doing: doing,
            message: String(cString: rd_kafka_err2str(error)),
            code: String(cString: rd_kafka_err2name(error)),
            isFatal: isFatal || error == RD_KAFKA_RESP_ERR__FATAL,
            trouble: trouble
        )
    }

    public var description: String { description(librdkafka: rd_kafka_version()) }

    /// - Parameter version: as `rd_kafka_version()` has it.
    func description(librdkafka version: Int32) -> String {
        let cause = trouble.map { "; last trouble: \($0.message)" } ?? ""
        let name = code.map { " (\($0))" } ?? ""
        return "\(doing) at \(place): \(message)\(cause)\(name)\(advice(librdkafka: version))"
    }

    private func advice(librdkafka version: Int32) -> String {
        switch code {
        case "_MSG_TIMED_OUT", "_TIMED_OUT", "_TIMED_OUT_QUEUE", "_TRANSPORT", "_ALL_BROKERS_DOWN":
            let reported = trouble ?? KafkaTrouble(message: message, code: code)
            guard let cause = reported.code, !reported.isDisconnect else {
                return
                    "; if the brokers run, their listener wants it otherwise: check kafka.transport, kafka.sasl_mechanism, and "
                    + "kafka.tls_certificate, which it may ask for"
            }
            return Self.advice(on: cause) + Self.advice(onScram: reported.message, cause, librdkafka: version)
        case nil where message.contains("ssl."):
            return "; check the files of kafka.tls_ca, kafka.tls_certificate and kafka.tls_key"
        default: return Self.advice(on: code) + Self.advice(onScram: message, code, librdkafka: version)
        }
    }

    private static func advice(onScram message: String, _ code: String?, librdkafka version: Int32) -> String {
        guard code == "_AUTHENTICATION", version < firstWithScram, message.contains("SCRAM"),
            !message.contains("mechanism handshake failed")
        else { return "" }
        let name = [24, 16, 8].map { "\(version >> $0 & 0xFF)" }.joined(separator: ".")
        return
            "; if they are right: Kafka 4 refuses SCRAM of librdkafka before 2.6.1, and this is \(name): put a later one on the loader's "
            + "path (LD_LIBRARY_PATH)"
    }

    private static func advice(on code: String?) -> String {
        switch code {
        case nil: "; check the keys of the group kafka"
        case "_MSG_TIMED_OUT", "_TIMED_OUT", "_TIMED_OUT_QUEUE", "_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE":
            "; see that the brokers run and can be reached, also at the addresses that they advertise"
        case "_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED", "UNSUPPORTED_SASL_MECHANISM", "ILLEGAL_SASL_STATE":
            "; check kafka.sasl_mechanism, kafka.sasl_username and the password"
        case "_SSL":
            "; check kafka.transport, the files of kafka.tls_ca, kafka.tls_certificate and kafka.tls_key, and that the broker's certificate "
                + "is for the name in kafka.brokers and for the one that it advertises"
        case "TOPIC_AUTHORIZATION_FAILED": "; grant the user the topic: Write to publish, Read to consume"
        case "GROUP_AUTHORIZATION_FAILED": "; grant the user the consumer group: Read"
        case "CLUSTER_AUTHORIZATION_FAILED", "TRANSACTIONAL_ID_AUTHORIZATION_FAILED":
            "; grant the user IdempotentWrite on the cluster"
        case "UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION": "; create the topic"
        case "MSG_SIZE_TOO_LARGE": "; raise max.message.bytes of the topic, and message.max.bytes of the brokers"
        case "NOT_ENOUGH_REPLICAS", "NOT_ENOUGH_REPLICAS_AFTER_APPEND":
            "; too few replicas are in sync: bring the brokers back, or lower min.insync.replicas of the topic"
        case "FENCED_INSTANCE_ID", "_FENCED":
            "; another ingest runs under the same name in the same group: give each a name of its own"
        default: ""
        }
    }
}
