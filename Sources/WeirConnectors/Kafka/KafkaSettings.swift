/// How a Kafka cluster is reached. Nothing in it is a secret: a password is in a file, or is handed over apart.
public struct KafkaSettings: Sendable, Hashable {
    public enum Transport: String, Sendable, CaseIterable {
        case plaintext
        case tls
    }

    /// SASL mechanisms (RFC 4616; RFC 5802 and 7677).
    public enum Mechanism: String, Sendable, CaseIterable {
        /// Sends the password as it is: only with ``Transport/tls``.
        case plain = "PLAIN"
        case scram256 = "SCRAM-SHA-256"
        case scram512 = "SCRAM-SHA-512"
    }

    /// `HOST:PORT,HOST:PORT,…`, of which one that answers is enough; nil for no Kafka.
    public var brokers: String?
    /// The beginning of the name that brokers log and count a client by.
    public var clientID = "weir"
    public var transport = Transport.plaintext
    /// Files in PEM: the authorities that brokers are verified with (nil: the system's), and the client's own certificate and key.
    public var tlsAuthority: String?
    public var tlsCertificate: String?
    public var tlsKey: String?
    /// Nil for no SASL.
    public var mechanism: Mechanism?
    public var user: String?
    /// A file that holds the password; nil for one that the environment has.
    public var passwordFile: String?
    /// Wall clock: silence after which a consumer group gives a member's partitions to others, 6 s…30 min.
    public var sessionTimeout = Duration.seconds(45)

    /// Wall clock: pause before a broken connection is made again, at first and at most. Newer versions of librdkafka begin with the first again
    /// and again while no broker can be talked to: with their own, 20 times a second.
    private static let reconnectPause = (min: Duration.milliseconds(500), max: Duration.seconds(2))

    public init() {}

    /// Where it leads, for logs: `kafka://HOST:PORT,…`.
    public var place: String { "kafka://\(brokers ?? "")" }

    /// The options of librdkafka that these settings stand for.
    ///
    /// - Parameters:
    ///   - node: completes the client's name.
    ///   - password: of SASL.
    func options(node: String, password: String?) -> [String: String] {
        var options = [
            "bootstrap.servers": brokers ?? "",
            "client.id": "\(clientID)-\(node)",
            "security.protocol": (mechanism == nil ? "" : "sasl_") + (transport == .tls ? "ssl" : "plaintext"),
        ]
        options["reconnect.backoff.ms"] = "\(Self.reconnectPause.min.milliseconds)"
        options["reconnect.backoff.max.ms"] = "\(Self.reconnectPause.max.milliseconds)"
        options["ssl.ca.location"] = tlsAuthority
        options["ssl.certificate.location"] = tlsCertificate
        options["ssl.key.location"] = tlsKey
        if let mechanism {
            options["sasl.mechanism"] = mechanism.rawValue
            options["sasl.username"] = user
            options["sasl.password"] = password
        }
        return options
    }

    /// Whether a text is a list of brokers: 1 to 64 of `HOST:PORT`, with commas between them.
    public static func isBrokerList(_ text: String) -> Bool {
        let brokers = text.split(separator: ",", omittingEmptySubsequences: false)
        return (1...64).contains(brokers.count) && brokers.allSatisfy(isBroker)
    }

    private static func isBroker(_ text: Substring) -> Bool {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            return false
        }
        let host = text[..<colon]
        let isAddress = host.hasPrefix("[") && host.hasSuffix("]")
        return (1...253).contains(host.utf8.count)
            && host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                case UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): isAddress
                default: false
                }
            }
    }
}
