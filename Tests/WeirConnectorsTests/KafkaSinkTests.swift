import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirConnectors

/// The intent of an event.
private func intent(_ number: Int) -> LeasedIntent {
    let id = UUID128(namespace: .urlNamespace, name: "\(number)")
    let intent = Intent(
        id: id,
        correlationID: UUID128(namespace: .urlNamespace, name: "correlation \(number)"),
        createdAt: EventTime(microseconds: 1_700_000_000_000_001),
        createdBy: "weir",
        targetTopic: "records",
        targetKey: "key \(number % 7)",
        targetEventType: Intent.recordEventType,
        targetEventPayload: Array(#"{"number":\#(number)}"#.utf8),
        priority: 5,
        retry: nil
    )
    return LeasedIntent(id: id, correlationID: intent.correlationID, topic: "intents", json: intent.json, attempt: 1)
}

struct KafkaSinkTests {
    let kafka: KafkaMock

    init() throws {
        kafka = try KafkaMock()
        try kafka.makeTopic("records", partitions: 4)
    }

    private func sink(timeout: Duration = .seconds(20), brokers: String? = nil) -> KafkaSink {
        var settings = KafkaSettings()
        settings.brokers = brokers ?? kafka.brokers
        return KafkaSink(settings, password: { nil }, node: "e1", timeout: timeout)
    }

    /// Why an intent was not carried out; nil if it was.
    private static func failure(of sink: KafkaSink, _ intent: LeasedIntent) async -> KafkaFailure? {
        do {
            try await sink.carryOut(intent)
            return nil
        } catch { return error as? KafkaFailure }
    }

    @Test func anEventIsInItsTopicUnderItsKeyWithTheIdsOfItsIntent() async throws {
        let sink = sink()
        await withTaskGroup(of: KafkaFailure?.self) { group in
            for number in 0..<200 { group.addTask { await Self.failure(of: sink, intent(number)) } }
            for await failure in group { #expect(failure == nil) }
        }
        await sink.close()
        let messages = try kafka.messages(in: "records")
        #expect(Set(messages.map(\.value)).count == 200)
        #expect(messages.count == 200)
        for number in 0..<200 {
            let expected = intent(number)
            let message = try #require(messages.first { $0.headers["intent_id"] == expected.id.description })
            #expect(message.key == "key \(number % 7)")
            #expect(message.value == #"{"number":\#(number)}"#)
            #expect(message.headers["correlation_id"] == expected.correlationID.description)
            #expect(message.headers["content-type"] == "application/json")
            #expect(message.headers["event_type"] == Intent.recordEventType)
        }
        // One key, one partition: in order.
        #expect(Set(messages.map { "\($0.key) \($0.partition)" }).count == 7)
    }

    @Test func whatBrokersRefuseForNowIsInTheTopicOnce() async throws {
        // Request timed out, not enough replicas, not the leader.
        for error in [7, 19, 6] { try kafka.fail(.produce, with: error, times: 2) }
        let sink = sink()
        for number in 0..<5 { #expect(await Self.failure(of: sink, intent(number)) == nil) }
        await sink.close()
        #expect(try kafka.messages(in: "records").map(\.value).sorted().count == 5)
    }

    /// The mock does not count sequences: it takes what follows a request that it refused.
    @Test func noAcknowledgementStandsForAnEarlierEventThatFailed() async throws {
        let sink = sink(timeout: .milliseconds(400))
        let count = 2000
        for round in 0..<4 {
            try kafka.fail(.produce, with: 7, times: 3)
            let acknowledged = await withTaskGroup(of: Int?.self) { group in
                for number in round * count..<(round + 1) * count {
                    group.addTask { await Self.failure(of: sink, intent(number)) == nil ? number : nil }
                }
                return await group.reduce(into: Set<Int>()) { if let number = $1 { $0.insert(number) } }
            }
            let values = try Set(kafka.messages(in: "records").map(\.value))
            #expect(acknowledged.allSatisfy { values.contains(#"{"number":\#($0)}"#) })
        }
        await sink.close()
    }

    @Test func whatBrokersRefuseForGoodIsNamedAndTheNextGoesOn() async throws {
        let sink = sink()
        #expect(await Self.failure(of: sink, intent(0)) == nil)
        try kafka.fail(.produce, with: 10, times: 1)
        let refused = try #require(await Self.failure(of: sink, intent(1)))
        #expect(refused.code == "MSG_SIZE_TOO_LARGE")
        #expect(refused.description.contains("publish to records"))
        #expect(refused.description.contains("max.message.bytes"))
        #expect(await Self.failure(of: sink, intent(2)) == nil)
        await sink.close()
    }

    @Test func whoeverIsNotThereIsNamedInTime() async throws {
        let sink = sink(timeout: .milliseconds(500), brokers: "127.0.0.1:1")
        let began = ContinuousClock.now
        let missing = try #require(await Self.failure(of: sink, intent(0)))
        #expect(ContinuousClock.now - began < .seconds(10))
        #expect(missing.code == "_MSG_TIMED_OUT")
        #expect(missing.description.contains("127.0.0.1:1"))
        #expect(missing.description.contains("see that the brokers run"))
        await sink.close()
    }

    /// As a broker does that waits for TLS, or for a client's certificate.
    @Test func whoeverClosesTheConnectionIsNamed() async throws {
        let relay = try Relay(to: 1)
        let broker = String(relay.url.dropFirst("http://".count))
        let sink = sink(timeout: .seconds(2), brokers: broker)
        let closed = try #require(await Self.failure(of: sink, intent(0)))
        #expect(closed.description.contains("Disconnected"))
        #expect(closed.description.contains("check kafka.transport"))
        await sink.close()
        var settings = KafkaSettings()
        settings.brokers = broker
        let reader = try KafkaTopicReader(settings, password: nil, node: "r1")
        let asked = try #require(throws: KafkaFailure.self) { try reader.partitions(of: "records") }
        #expect(asked.description.contains("Disconnected"))
        #expect(asked.description.contains("check kafka.transport"))
    }

    @Test func brokersThatGoAndComeBackHaveEveryEvent() async throws {
        let sink = sink(timeout: .milliseconds(500))
        // As the executor does, which tries again.
        func carryOut(_ intent: LeasedIntent) async {
            var tries = 0
            while await Self.failure(of: sink, intent) != nil, tries < 100 { tries += 1 }
        }
        await carryOut(intent(0))
        for broker in 1...3 { try kafka.takeDown(broker) }
        #expect(await Self.failure(of: sink, intent(1)) != nil)
        for broker in 1...3 { try kafka.bringUp(broker) }
        await carryOut(intent(1))
        await sink.close()
        let ids = Set(try kafka.messages(in: "records").compactMap { $0.headers["intent_id"] })
        #expect(ids == [intent(0).id.description, intent(1).id.description])
    }

    @Test func settingsThatLibrdkafkaRefusesAreNamed() async throws {
        var settings = KafkaSettings()
        settings.brokers = kafka.brokers
        settings.transport = .tls
        settings.tlsAuthority = "/nowhere/ca.pem"
        let sink = KafkaSink(settings, password: { nil }, node: "e1", timeout: .seconds(1))
        let refused = try #require(await Self.failure(of: sink, intent(0)))
        #expect(refused.description.contains("ssl.ca.location"))
        #expect(refused.description.contains("kafka.tls_ca"))
        await sink.close()
    }
}
