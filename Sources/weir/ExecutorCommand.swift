import ArgumentParser
import WeirNode

/// `weir executor`: run an executor: carries out intents, and reports what became of them.
struct ExecutorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "executor",
        abstract: "Run an executor: carries out intents, and reports what became of them.",
        discussion: """
            Appends the record of each closed window to DATA/metrics_recorded.ndjson, and publishes its intent over nng (PUB); with \
            executor.postgresql and executor.kafka in the configuration also to tables and topics. Any number of \
            executors share the work; what one has leased when it dies, another carries out under the same id.

            \(RoleOptions.discussion)

            Examples:
              weir executor --name executor-1 --join tcp://10.0.0.5:7700 --data /var/lib/weir/executor-1
              weir executor --name executor-2 --listen tcp://0.0.0.0:7702 --data /var/lib/weir/executor-2
              weir executor --name e --join ipc:///tmp/weir/control.sock --listen ipc:///tmp/weir/e.sock --data /tmp/weir/e
            """
    )

    @OptionGroup var member: MemberOptions

    @Option(help: ArgumentHelp("Where intents are published. Default: tcp://127.0.0.1:7702", valueName: "url"))
    var listen: String?

    @Option(help: ArgumentHelp("Directory of its records. Default: ./weir-data", valueName: "dir"))
    var data: String?

    @OptionGroup var options: RoleOptions

    func run() async throws {
        try await options.run(member.name, as: .executor) { overrides in
            overrides.controlURL = member.join
            overrides.intentsURL = listen
            overrides.dataDirectory = data
        } make: { configuration, log in
            try RoleNode.executor(member.name, configuration, log: log)
        }
    }
}
