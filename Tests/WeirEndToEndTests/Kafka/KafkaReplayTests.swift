import Foundation
import Testing
import WeirTestSupport

/// `weirctl replay kafka`: offsets of topics, read without a group.
@Suite(.serialized) struct KafkaReplayTests {
    private static let topics = ["started", "completed"]

    private let kafka: KafkaMock
    private let lines: [Substring]

    init() throws {
        kafka = try KafkaMock()
        for topic in Self.topics { try kafka.makeTopic(topic, partitions: 3) }
        lines = try RunningCluster.golden("messy")
        // Lines of any kind are in either topic.
        for (topic, part) in zip(Self.topics, lines.split(into: 2)) { try kafka.produce(part, to: topic) }
    }

    private func replay(_ arguments: [String], to node: RunningNode) throws -> (command: Command, totals: [String: Any])
    {
        let command = try node.ctl(
            ["replay", "kafka", "--brokers", kafka.brokers, "--ingest", node.ingest, "--json"] + arguments
        )
        let totals = try JSONSerialization.jsonObject(with: Data(command.output.utf8)) as? [String: Any]
        return (command, try #require(totals, "\(command.errors)"))
    }

    private static let both = topics.flatMap { ["--topic", $0] }

    @Test func topicsInAClusterGiveTheExpectedRecordsAndNobodysPositionIsMoved() throws {
        let node = try RunningNode(
            workers: 2,
            extra: ["--max-lateness", "unlimited", "--dedup-horizon", "unlimited"]
        )
        let state = ["--state", node.directory.path + "/state"]
        let (command, totals) = try replay(Self.both + state, to: node)
        #expect(command.status == 0, "\(command.errors)\(command.output)")
        try node.ctl(["flush"])
        try node.expectGolden("messy")
        let refused = try #require(totals["refused"] as? [String: Int]).values.reduce(0, +)
        #expect(try #require(totals["read"] as? Int) + refused == lines.count)
        for topic in Self.topics { #expect(try kafka.committed(topic, by: "weir-replay") == 0) }
        // A second time: nothing with the state, and only duplicates without it.
        #expect(try replay(Self.both + state, to: node).totals["read"] as? Int == 0)
        let before = try node.tally()
        let again = try replay(Self.both, to: node)
        let share = try #require(again.totals["cluster"] as? [String: Any])
        #expect(again.command.status == 0 && share["counted"] as? Int == 0)
        #expect(share["duplicate"] as? Int == totals["sent"] as? Int)
        #expect(try node.tally()["counted"] == before["counted"])
    }

    @Test func offsetsAreReadFromOneToAnother() throws {
        let range = ["--topic", "started", "--from-offset", "0:3", "--from-offset", "2:5", "--until-offset", "2:9"]
        let run = try Command(
            "weirctl",
            ["replay", "kafka", "--brokers", kafka.brokers, "--dry-run", "--json"] + range
        )
        let totals = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        let refused = try #require(totals["refused"] as? [String: Int]).values.reduce(0, +)
        let messages = try kafka.messages(in: "started")
        let wanted = messages.filter {
            $0.partition == 0 && $0.offset >= 3 || $0.partition == 2 && (5..<9) ~= $0.offset
        }
        #expect(try #require(totals["read"] as? Int) + refused == wanted.filter { !$0.value.isEmpty }.count)
        let told = try Command("weirctl", ["replay", "kafka", "--brokers", kafka.brokers, "--dry-run"] + range)
        #expect(told.errors.contains("started[2]: offsets 5 to 9"), "\(told.errors)")
    }

    @Test func brokersThatFailMeanwhileAreWaitedFor() throws {
        try kafka.fail(.fetch, with: 6, times: 3)
        try kafka.takeDown(2)
        let directory = try TemporaryDirectory()
        let file = directory.path + "/lines"
        let process = Process()
        process.executableURL = Command.programs.appending(path: "weirctl")
        process.arguments = ["replay", "kafka", "--brokers", kafka.brokers] + Self.both + ["--output", file]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try kafka.bringUp(2)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        try GoldenComparison.expect("messy", try Command("weir", ["aggregate", "--windows", "all", file]).output)
    }

    @Test func mistakesAreNamed() throws {
        func errors(_ arguments: [String], _ status: Int32) throws -> String {
            let command = try Command("weirctl", ["replay", "kafka"] + arguments)
            #expect(command.status == status, "\(command.output)\(command.errors)")
            return command.errors
        }
        let brokers = ["--brokers", kafka.brokers]
        #expect(try errors(["--topic", "started"], 1).contains("no brokers are named"))
        #expect(try errors(["--brokers", "nowhere", "--topic", "started"], 64).contains("--brokers nowhere"))
        #expect(try errors(brokers + ["--topic", "started", "--from-offset", "7:1"], 1).contains("no partition 7"))
        #expect(try errors(brokers + ["--topic", "started", "--from-offset", "1"], 64).contains("--from-offset"))
        #expect(try errors(brokers + Self.both + ["--from-offset", "0:1"], 64).contains("a single topic"))
    }
}
