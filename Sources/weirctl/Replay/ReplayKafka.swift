import ArgumentParser
import Foundation
import WeirConnectors
import WeirNode

struct ReplayKafka: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kafka",
        abstract: "Send the events in Kafka's topics again, from an offset or a time on.",
        discussion: """
            Offsets are read as no member of a consumer group: the positions of the cluster's ingests, and of anyone else, stay as they are. A message is an \
            event, or several as NDJSON, as an ingest reads it; events are known by their event_id, so what came through Kafka before is a duplicate.

            Without --from-offset all partitions are read from their beginning, or, with --from-time, from the first message that is stamped a minute before \
            that time or later; with it the partitions that are named are read alone. Reading ends where a partition ends when it begins, or before \
            --until-offset.

            How the brokers are reached, with TLS and SASL, says the group kafka of a node's file (--config, or WEIR_CONFIG) and its WEIR_KAFKA_… variables. \
            The user must be allowed to read the topics.

            Exit codes: 0 all is sent; 1 not all; 2 all is sent, and lines went to quarantine.

            Examples:
              weirctl replay kafka --brokers kafka-1:9092 --topic dev.codegen.completed.v1 --from-time 2026-11-02T00:00:00Z
              weirctl replay kafka --config /etc/weir/weir.yaml --topic dev.codegen.started.v1 --from-offset 0:120000 --from-offset 1:118500
              weirctl replay kafka --brokers kafka-1:9092 --topic dev.codegen.failed.v1 --until-offset 0:500 --output failed.ndjson
            """
    )

    @Option(
        help: ArgumentHelp(
            "The brokers, HOST:PORT with commas between them, in place of kafka.brokers.",
            valueName: "brokers"
        )
    )
    var brokers: String?

    @Option(help: ArgumentHelp("A node's file, of which the group kafka counts.", valueName: "file"))
    var config: String?

    @Option(name: .customLong("topic"), help: ArgumentHelp("A topic; may be given several times.", valueName: "topic"))
    var topics: [String]

    @Option(
        name: .customLong("from-offset"),
        help: ArgumentHelp(
            "The first offset of a partition; of a single topic, once a partition.",
            valueName: "partition:offset"
        )
    )
    var from: [PartitionOffset] = []

    @Option(
        name: .customLong("until-offset"),
        help: ArgumentHelp(
            "The offset of a partition before which reading ends; of a single topic.",
            valueName: "partition:offset"
        )
    )
    var until: [PartitionOffset] = []

    @OptionGroup(title: "Selection") var selection: SelectionOptions
    @OptionGroup var options: ReplayOptions

    func validate() throws {
        if let brokers, !KafkaSettings.isBrokerList(brokers) {
            throw ValidationError("--brokers \(brokers): HOST:PORT is needed, or several with commas between them")
        }
        guard topics.count == 1 || from.isEmpty && until.isEmpty else {
            throw ValidationError("--from-offset and --until-offset are of a single topic: give one --topic")
        }
        for (name, offsets) in [("--from-offset", from), ("--until-offset", until)]
        where Set(offsets.map(\.partition)).count != offsets.count {
            throw ValidationError("\(name): a partition is named twice")
        }
    }

    func run() async throws {
        let messages: KafkaReplay
        do {
            var settings = try ConfigurationLoader().load(file: config).configuration.node.kafka
            settings.brokers = brokers ?? settings.brokers
            guard settings.brokers != nil else {
                throw Failure("no brokers are named: give --brokers, or a --config with kafka.brokers")
            }
            messages = try KafkaReplay(
                settings,
                KafkaReplay.Span(
                    topics: topics,
                    from: from.isEmpty ? nil : PartitionOffset.byPartition(from),
                    until: PartitionOffset.byPartition(until)
                ),
                selection.choice
            )
        } catch {
            throw error as? Failure ?? Failure(error)
        }
        options.tell(messages.reaches.map(\.description))
        try await options.run(messages)
    }
}
