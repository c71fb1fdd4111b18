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
              weir worker --name worker-3 --join tcp://10.0.0.5:7700
                                                            one role of a cluster of processes
            """,
        version: WeirVersion.current,
        subcommands: [
            Up.self, CoordinatorCommand.self, IngestCommand.self, WorkerCommand.self, ExecutorCommand.self,
            Aggregate.self,
        ]
    )

    static func main() async {
        HeapSettings.apply()
        await main(nil)
    }
}
