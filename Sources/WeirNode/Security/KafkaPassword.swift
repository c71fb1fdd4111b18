import Foundation
import WeirConnectors

/// Where the password of Kafka's SASL comes from: a file, which may change while a node runs, or the environment.
struct KafkaPassword: Sendable {
    /// The variable that has it where no file is named.
    static let variable = "WEIR_KAFKA_SASL_PASSWORD"

    private let settings: KafkaSettings
    private let environment: String?

    init(of settings: KafkaSettings, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.settings = settings
        self.environment = environment[Self.variable]
    }

    /// The password; nil without SASL.
    @Sendable func read() throws -> String? {
        guard settings.mechanism != nil else { return nil }
        if let path = settings.passwordFile {
            return String(decoding: try SecretSource(path).read(), as: UTF8.self)
        }
        guard let environment, !environment.isEmpty else { throw Missing() }
        return environment
    }

    struct Missing: Error, CustomStringConvertible {
        var description: String {
            "kafka.sasl_mechanism needs a password: name a file that holds it in kafka.sasl_password_file, or set \(KafkaPassword.variable)"
        }
    }
}
