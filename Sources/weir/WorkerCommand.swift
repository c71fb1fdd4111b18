import ArgumentParser
import WeirNode

/// `weir worker`: run a worker: counts the events of its shards, and commits them to the coordinator.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run a worker: counts the events of its shards, and commits them to the coordinator.",
        discussion: """
            A worker holds nothing that can't be rebuilt from the journals. Stopping, it commits, and tells the coordinator that it goes, so \
            that its shards move at once. With --data it keeps the number of its last life there; without, it is the time of its start, and the \
            clock must not step back between two starts.

            \(RoleOptions.discussion)

            Examples:
              weir worker --name worker-1 --join tcp://10.0.0.5:7700 --listen tcp://10.0.0.7:7710
              weir worker --name worker-2 --listen tcp://0.0.0.0:7710 --advertise tcp://worker-2.example.net:7710
              weir worker --name w --join ipc:///tmp/weir/control.sock --listen ipc:///tmp/weir/w.sock --data /tmp/weir/w
            """
    )

    @OptionGroup var member: MemberOptions

    @Option(
        help: ArgumentHelp(
            "Where ingests send parts of frames; port 0 takes any free one. Default: tcp://127.0.0.1:0",
            valueName: "url"
        )
    )
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "Where ingests reach it, when that differs from --listen. Default: --listen, with the port that was bound",
            valueName: "url"
        )
    )
    var advertise: String?

    @Option(help: ArgumentHelp("Directory that remembers its last life. Default: none", valueName: "dir"))
    var data: String?

    @OptionGroup var options: RoleOptions

    func run() async throws {
        try await options.run(member.name, as: .worker) { overrides in
            overrides.controlURL = member.join
            overrides.dataURL = listen
            overrides.advertisedURL = advertise
        } make: { configuration, log in
            try RoleNode.worker(member.name, directory: data, configuration, log: log)
        }
    }
}
