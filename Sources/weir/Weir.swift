import ArgumentParser
import WeirNode

@main
struct Weir: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir",
        abstract: "A distributed aggregation cluster for code-generation events.",
        discussion: """
            Events of code-generation workflows (started, stage completed, completed, failed) become exact windowed metrics, and each \
            closed window an intent that publishes its record.

            Examples:
              weir aggregate events.ndjson                  records of the 5 s windows of a file, on stdout
              weir up --data ./weir-data                    a whole node: ingest, workers, coordinator, executor
            """,
        version: WeirVersion.current,
        subcommands: [Up.self, Aggregate.self]
    )
}
