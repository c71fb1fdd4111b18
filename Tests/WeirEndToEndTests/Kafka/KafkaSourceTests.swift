import Foundation
import Testing
import WeirTestSupport

/// Ingests that read Kafka's topics: nothing is skipped or counted twice, whatever ends or moves.
@Suite(.serialized) struct KafkaSourceTests {
    private static let group = "weir"
    private static let topics = ["started", "stage_completed", "completed", "failed"].map { "dev.codegen.\($0).v1" }
    private static let partitions = 4

    private let kafka: KafkaMock

    init() throws {
        kafka = try KafkaMock()
        for topic in Self.topics { try kafka.makeTopic(topic, partitions: Self.partitions) }
    }

    private func cluster(ingests: Int) throws -> RunningCluster {
        try RunningCluster(
            ingests: ingests,
            workers: 2,
            streaming: ProcessClusterTests.unlimited,
            node: ProcessClusterTests.impatient + [
                "kafka:", "  brokers: \"\(kafka.brokers)\"", "  session_timeout_ms: 6000",
                "ingest:", "  kafka_group: \(Self.group)",
            ]
        )
    }

    /// Each line goes to the topic of its kind, and what is none to any.
    private func produce(_ lines: some Sequence<Substring>) throws {
        let kinds = ["STARTED", "STAGE_COMPLETED", "COMPLETED", "FAILED"].map { "\"CODEGEN_\($0)\"" }
        let byTopic = Dictionary(grouping: lines) { line in
            kinds.firstIndex { line.contains($0) } ?? line.utf8.count % Self.topics.count
        }
        for (topic, lines) in byTopic { try kafka.produce(lines, to: Self.topics[topic]) }
    }

    private func committed() throws -> Int {
        try Self.topics.reduce(0) { try $0 + kafka.committed($1, by: Self.group) }
    }

    /// Windows are those of the golden set, and every line of it is accounted for.
    private func expectGolden(_ cluster: RunningCluster, _ lines: [Substring]) throws {
        try cluster.awaitThat("the group knows of every message") { try committed() == lines.count }
        try cluster.flush()
        try cluster.expectGolden("messy")
        let tally = try cluster.tally()
        let parts = ["counted", "duplicate", "quarantined"].map { tally[$0, default: 0] }
        #expect(parts.reduce(0, +) == tally["accepted"])
        #expect(tally["accepted", default: 0] >= lines.count)
    }

    @Test func topicsAreCountedThroughACrashOfAnIngestAndFailingBrokers() throws {
        let cluster = try cluster(ingests: 2)
        let lines = try RunningCluster.golden("messy")
        let parts = lines.split(into: 4)
        try produce(parts[0])
        try cluster.awaitThat("events of Kafka are counted") { try cluster.tally()["accepted", default: 0] > 0 }
        cluster.ingests[0].kill()
        try produce(parts[1])
        try cluster.ingests[0].start()
        // Not the leader; the coordinator of the group loads.
        try kafka.fail(.fetch, with: 6, times: 3)
        try kafka.fail(.offsetCommit, with: 14, times: 3)
        try kafka.fail(.offsetFetch, with: 14, times: 2)
        try produce(parts[2])
        try kafka.takeDown(2)
        try cluster.ingests[0].awaitReady()
        try kafka.bringUp(2)
        try produce(parts[3])
        try expectGolden(cluster, lines)
    }

    @Test func partitionsOfAnIngestThatIsGoneAreReadByTheOthers() throws {
        let cluster = try cluster(ingests: 2)
        let lines = try RunningCluster.golden("messy")
        let parts = lines.split(into: 2)
        try cluster.awaitThat("both ingests have partitions") {
            cluster.ingests.allSatisfy { $0.log.contains("partitions of Kafka are read here") }
        }
        try produce(parts[0])
        cluster.ingests[1].kill()
        try produce(parts[1])
        try cluster.awaitThat("the group knows of every message") { try committed() == lines.count }
        // Its journal may hold what nobody has counted.
        try cluster.ingests[1].start()
        try cluster.ingests[1].awaitReady()
        try expectGolden(cluster, lines)
    }

    @Test func afterACrashTheJournalKnowsWhatTheGroupDoesNot() throws {
        let cluster = try cluster(ingests: 1)
        try kafka.fail(.offsetCommit, with: 14, times: 1000)
        let lines = try RunningCluster.golden("messy")
        let parts = lines.split(into: 2)
        try produce(parts[0])
        try cluster.awaitThat("the first half is counted") { try cluster.tally()["accepted"] == parts[0].count }
        #expect(try committed() == 0)
        cluster.ingests[0].kill()
        try produce(parts[1])
        try cluster.ingests[0].start()
        try cluster.awaitThat("the second half is counted") {
            try cluster.tally()["accepted", default: 0] >= lines.count
        }
        try cluster.flush()
        #expect(try cluster.tally()["accepted"] == lines.count, "nothing was read again")
        try cluster.expectGolden("messy")
        let page = cluster.ingests[0].http.appending(path: "metrics").absoluteString
        let metrics = try Command("/usr/bin/curl", ["-sS", page])
        let lags = metrics.lines.filter { $0.hasPrefix("weir_kafka_lag{") }
        #expect(lags.count == Self.topics.count * Self.partitions, "\(metrics.output)")
        #expect(lags.allSatisfy { $0.hasSuffix(" 0") }, "\(lags)")
    }

    @Test func whatIsNoEventIsInQuarantineWithItsPlaceInKafka() throws {
        let cluster = try cluster(ingests: 1)
        try kafka.produce(["", "{\"event_type\":\"CODEGEN_NONSENSE\"}", "no json"], to: Self.topics[0])
        try cluster.awaitThat("both are there") { try cluster.tally()["quarantined"] == 2 }
        let rows = try cluster.rows(["quarantine", "list"])
        let details = rows.compactMap { $0["detail"] as? String }
        #expect(details.contains { $0.hasSuffix("(\(Self.topics[0])[1] at offset 0)") }, "\(details)")
        #expect(details.contains { $0.hasSuffix("(\(Self.topics[0])[2] at offset 0)") }, "\(details)")
    }
}
