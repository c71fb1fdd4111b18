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

    init(place: String, doing: String, message: String, code: String?, isFatal: Bool = false) {
        self.place = place
        self.doing = doing
        self.message = message
        self.code = code
        self.isFatal = isFatal
    }

    /// - Parameter trouble: what the connections have reported of late, which says more than a time-out.
    init(_ error: rd_kafka_resp_err_t, place: String, doing: String, trouble: String? = nil, isFatal: Bool = false) {
        let text = String(cString: rd_kafka_err2str(error))
        self.init(
            place: place,
            doing: doing,
            message: trouble.map { "\(text); last trouble: \($0)" } ?? text,
            code: String(cString: rd_kafka_err2name(error)),
            isFatal: isFatal || error == RD_KAFKA_RESP_ERR__FATAL
        )
    }

    public var description: String {
        let name = code.map { " (\($0))" } ?? ""
        return "\(doing) at \(place): \(message)\(name)\(advice)"
    }

    private var advice: String {
        switch code {
        case nil: "; check the keys of the group kafka"
        case "_MSG_TIMED_OUT", "_TIMED_OUT", "_TIMED_OUT_QUEUE", "_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE":
            "; see that the brokers run and can be reached, also at the addresses that they advertise"
        case "_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED", "UNSUPPORTED_SASL_MECHANISM", "ILLEGAL_SASL_STATE":
            "; check kafka.sasl_mechanism, kafka.sasl_username and the password"
        case "_SSL": "; check kafka.transport and the files of kafka.tls_ca, kafka.tls_certificate and kafka.tls_key"
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
