import ArgumentParser
import WeirNode

/// `weir ingest`: run an ingest: takes events from producers, writes them to its journal, sends them to workers.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Run an ingest: takes events from producers, writes them to its journal, sends them to workers.",
        discussion: """
            Takes NDJSON over nng (REQ) and, with --http, by POST /v1/events. A reply means that the batch is in the journal (DATA/journal). \
            With ingest.kafka_group in the configuration it also reads Kafka's topics. Stopping, it refuses further batches with "retry", and waits for the workers to commit what is in the journal.

            \(RoleOptions.discussion)

            Examples:
              weir ingest --name ingest-1 --join tcp://10.0.0.5:7700 --listen tcp://10.0.0.6:7701 --data /var/lib/weir/ingest-1
              weir ingest --name ingest-2 --http 0.0.0.0:8063 --token-file /etc/weir/token --data /var/lib/weir/ingest-2
              weir ingest --name i --join ipc:///tmp/weir/control.sock --listen ipc:///tmp/weir/i.sock --data /tmp/weir/i
            """
    )

    @OptionGroup var member: MemberOptions

    @Option(help: ArgumentHelp("Where producers send batches. Default: tcp://127.0.0.1:7701", valueName: "url"))
    var listen: String?

    @Option(help: ArgumentHelp("Directory of its journal. Default: ./weir-data", valueName: "dir"))
    var data: String?

    @OptionGroup var options: RoleOptions

    func run() async throws {
        try await options.run(member.name, as: .ingest) { overrides in
            overrides.controlURL = member.join
            overrides.ingestURL = listen
            overrides.dataDirectory = data
        } make: { configuration, log in
            try RoleNode.ingest(member.name, configuration, log: log)
        }
    }
}
