import ArgumentParser
import WeirNode
import WeirWire

/// `weir ingest`: run an ingest: takes events from producers, writes them to its journal, sends them to workers.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Run an ingest: takes events from producers, writes them to its journal, sends them to workers.",
        discussion: """
            Takes NDJSON over nng (REQ) and, with --http, by POST /v1/events. A reply means that the batch is in the journal (DATA/journal). \
            Stopping, it refuses further batches with "retry", and waits for the workers to commit what is in the journal.

            \(RoleOptions.discussion)

            Examples:
              weir ingest --name ingest-1 --join tcp://10.0.0.5:7700 --listen tcp://10.0.0.6:7701 --data /var/lib/weir/ingest-1
              weir ingest --name ingest-2 --http 0.0.0.0:8063 --data /var/lib/weir/ingest-2
              weir ingest --name i --join ipc:///tmp/weir/control.sock --listen ipc:///tmp/weir/i.sock --data /tmp/weir/i
            """
    )

    @Option(
        help: ArgumentHelp(
            "1 to 64 letters, digits, dots, hyphens or underscores; unique in the cluster.",
            valueName: "name"
        )
    )
    var name: NodeName

    @Option(help: ArgumentHelp("Control URL of the coordinator. Default: tcp://127.0.0.1:7700", valueName: "url"))
    var join: String?

    @Option(help: ArgumentHelp("Where producers send batches. Default: tcp://127.0.0.1:7701", valueName: "url"))
    var listen: String?

    @Option(help: ArgumentHelp("Directory of its journal. Default: ./weir-data", valueName: "dir"))
    var data: String?

    @OptionGroup var options: RoleOptions

    func run() async throws {
        try await options.run(name, as: .ingest) { overrides in
            overrides.controlURL = join
            overrides.ingestURL = listen
            overrides.dataDirectory = data
        } make: { configuration, log in
            try RoleNode.ingest(name, configuration, log: log)
        }
    }
}
