import Foundation
import Testing
import WeirTestSupport

/// Intents by way of Kafka: one executor publishes them, another carries them out.
struct KafkaIntentTests {
    private static let intents = "dev.coordination.event_publish_intent.v1"
    private static let results = "dev.coordination.event_publish_result.v1"

    @Test func intentsAreCarriedOutOnceThroughACrashOfWhoReadsThem() throws {
        let kafka = try KafkaMock()
        for topic in [Self.intents, Self.results, KafkaRecords.topic] { try kafka.makeTopic(topic, partitions: 3) }
        let cluster = try RunningCluster(
            ingests: 1,
            workers: 2,
            executors: 2,
            streaming: ProcessClusterTests.unlimited,
            own: ["--config", "{folder}/{name}.yaml"]
        ) { folder in
            let common = """
                contract: contract.yaml
                kafka:
                  brokers: "\(kafka.brokers)"
                  session_timeout_ms: 6000

                """
            let own = [
                "e1": "executor:\n  kafka: intents\n",
                "e2": "executor:\n  kafka: events\n  intents: kafka\n",
            ]
            for name in ["c", "w1", "w2", "i1", "e1", "e2"] {
                try (common + own[name, default: ""])
                    .write(toFile: "\(folder)/\(name).yaml", atomically: true, encoding: .utf8)
            }
        }
        let parts = try RunningCluster.golden("messy").split(into: 2)
        try cluster.send(parts[0], to: 1)
        try cluster.awaitThat("a record is published") { try !kafka.messages(in: KafkaRecords.topic).isEmpty }
        cluster.executors[1].kill()
        try cluster.send(parts[1], to: 1)
        try cluster.flush()
        try cluster.executors[1].start()
        let ids = try Set(cluster.rows(["intents", "--limit", "100000"]).compactMap { $0["intent_id"] as? String })
        #expect(!ids.isEmpty)
        try cluster.awaitThat("every intent has a result") {
            try Set(kafka.messages(in: Self.results).map(\.key)) == ids
        }
        for message in try kafka.messages(in: Self.results) {
            #expect(message.value.contains(#""success":true"#), "\(message.value)")
            #expect(message.headers["intent_id"] == message.key)
        }
        let records = try kafka.messages(in: KafkaRecords.topic)
        #expect(Set(records.compactMap { $0.headers["intent_id"] }) == ids)
        try GoldenComparison.expect("messy", KafkaRecords.newest(in: records))
    }

    @Test func anExecutorDoesNotPublishWhatItReads() throws {
        let (file, folder) = try RunningNode.configuration(
            "kafka:\n  brokers: a:1\nexecutor:\n  kafka: intents\n  intents: kafka\n"
        )
        let checked = try Command("weirctl", ["config", "check", file])
        #expect(checked.status != 0)
        #expect((checked.output + checked.errors).contains("for ever"), "\(checked.output)\(checked.errors)")
        withExtendedLifetime(folder) {}
    }
}
