import Foundation
import Testing
import WeirTestSupport

struct KafkaRecordTests {
    @Test func recordsAreInTheirTopicThroughFailingBrokersAndACrashOfTheExecutor() throws {
        let kafka = try KafkaMock()
        try kafka.makeTopic(KafkaRecords.topic, partitions: 4)
        let cluster = try RunningCluster(
            executors: 2,
            streaming: ["max_lateness: unlimited", "dedup_horizon: unlimited"],
            intents: ["retry_policy:", "  attempts_max: 1000", "  backoff_initial_ms: 10", "  backoff_max_ms: 200"],
            node: [
                "kafka:", "  brokers: \"\(kafka.brokers)\"",
                "executor:", "  kafka: events", "  sink_timeout_ms: 500",
                "coordinator:", "  node_timeout_ms: 1000", "  lease_duration_ms: 1000",
            ]
        )
        let parts = try RunningCluster.golden("messy").split(into: 3)
        try cluster.send(parts[0], to: 1)
        try cluster.awaitThat("windows are published") { try !kafka.messages(in: KafkaRecords.topic).isEmpty }
        for broker in 1...3 { try kafka.takeDown(broker) }
        try cluster.send(parts[1], to: 2)
        try cluster.awaitThat("status names the brokers that are gone") {
            let status = try cluster.ctl(["status"]).output
            return status.contains("kafka://") && status.contains("see that the brokers run")
        }
        cluster.executors[0].kill()
        for broker in 1...3 { try kafka.bringUp(broker) }
        try cluster.executors[0].start()
        try kafka.fail(.produce, with: 7, times: 3)
        try cluster.send(parts[2], to: 1)
        try cluster.flush()
        try cluster.awaitThat("all intents are carried out") {
            let states = try cluster.rows(["intents", "--limit", "100000"]).map { $0["state"] as? String }
            return !states.isEmpty && states.allSatisfy { $0 == "completed" }
        }
        let messages = try kafka.messages(in: KafkaRecords.topic)
        let intents = try cluster.rows(["intents", "--limit", "100000"]).compactMap { $0["intent_id"] as? String }
        #expect(Set(messages.compactMap { $0.headers["intent_id"] }) == Set(intents))
        try GoldenComparison.expect("messy", KafkaRecords.newest(in: messages))
    }

    @Test func aPasswordIsNeitherShownNorLogged() throws {
        let folder = try TemporaryDirectory()
        let file = folder.path + "/weir.yaml"
        try "hunter2\n".write(toFile: folder.path + "/password", atomically: true, encoding: .utf8)
        try """
        kafka:
          brokers: 127.0.0.1:1
          sasl_mechanism: SCRAM-SHA-256
          sasl_username: weir
          sasl_password_file: \(folder.path)/password
        executor:
          kafka: events

        """.write(toFile: file, atomically: true, encoding: .utf8)
        let shown = try Command("weirctl", ["config", "show", file])
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output.contains("SCRAM-SHA-256"))
        #expect(!(shown.output + shown.errors).contains("hunter2"))
    }

    @Test(arguments: [
        ("executor:\n  kafka: events\n", "kafka.brokers"),
        ("kafka:\n  brokers: a\n", "HOST:PORT"),
        ("kafka:\n  brokers: a:1\n  sasl_mechanism: PLAIN\n", "kafka.sasl_username"),
        ("kafka:\n  brokers: a:1\n  tls_key: k.pem\n", "kafka.tls_certificate"),
    ])
    func settingsThatCannotWorkAreNamed(yaml: String, name: String) throws {
        let folder = try TemporaryDirectory()
        let file = folder.path + "/weir.yaml"
        try yaml.write(toFile: file, atomically: true, encoding: .utf8)
        let checked = try Command("weirctl", ["config", "check", file])
        #expect(checked.status != 0)
        #expect((checked.output + checked.errors).contains(name), "\(checked.output)\(checked.errors)")
    }
}
