import Testing

@testable import WeirConnectors

struct KafkaSettingsTests {
    @Test func brokersAreHostsWithPorts() {
        for list in ["a:1", "kafka-1.example.org:9092,10.0.0.7:9093", "[::1]:9092"] {
            #expect(KafkaSettings.isBrokerList(list), "\(list)")
        }
        for list in ["", "a", "a:", "a:0", "a:70000", ":9092", "a:1,", "a:1,,b:2", "a:1 b:2", "kafka://a:1"] {
            #expect(!KafkaSettings.isBrokerList(list), "\(list)")
        }
    }

    @Test func thePasswordIsNoPartOfWhatIsShown() {
        var settings = KafkaSettings()
        settings.brokers = "a:1"
        settings.transport = .tls
        settings.mechanism = .scram512
        settings.user = "weir"
        settings.passwordFile = "/run/secrets/kafka"
        let options = settings.options(node: "e1", password: "hunter2")
        #expect(options["security.protocol"] == "sasl_ssl")
        #expect(options["sasl.mechanism"] == "SCRAM-SHA-512")
        #expect(options["sasl.password"] == "hunter2")
        #expect(options["client.id"] == "weir-e1")
        #expect(!"\(settings)\(settings.place)".contains("hunter2"))
    }
}
