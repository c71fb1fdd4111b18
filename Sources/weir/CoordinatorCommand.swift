import ArgumentParser
import WeirNode
import WeirWire

/// `weir coordinator`: run the coordinator of a cluster: membership, commits, windows, intents.
struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Run the coordinator of a cluster: membership, commits, windows, intents.",
        discussion: """
            Everything it knows is in its store (DATA/weir.sqlite). While it is away the cluster waits: producers are acknowledged as long as \
            ingests have room, and nothing is lost. With a store in PostgreSQL (coordinator.store) several may run: one leads, and another takes \
            over when it is gone. They elect it in the store, or in etcd (coordinator.leader_lease).

            \(RoleOptions.discussion)

            Examples:
              weir coordinator --data /var/lib/weir/coordinator --listen tcp://10.0.0.5:7700
              weir coordinator --config config/weir.yaml --http 127.0.0.1:8063 --log-format json
              weir coordinator --data /tmp/weir/c --listen ipc:///tmp/weir/control.sock
            """
    )

    @Option(
        help: ArgumentHelp(
            "1 to 64 letters, digits, dots, hyphens or underscores; unique in the cluster. Default: coordinator",
            valueName: "name"
        )
    )
    var name = NodeName("coordinator")!

    @Option(help: ArgumentHelp("Where nodes and weirctl reach it. Default: tcp://127.0.0.1:7700", valueName: "url"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "Where others reach it, when that differs from --listen. Default: --listen, with the port that was bound",
            valueName: "url"
        )
    )
    var advertise: String?

    @Option(help: ArgumentHelp("Directory of its store. Default: ./weir-data", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Shards, 1…65536; fixed when the store is made. Default: 64", valueName: "n"))
    var shards: Int?

    @OptionGroup var options: RoleOptions

    func run() async throws {
        try await options.run(name, as: .coordinator) { overrides in
            overrides.controlURL = listen
            overrides.advertisedURL = advertise
            overrides.dataDirectory = data
            overrides.shards = shards
        } make: { configuration, log in
            try RoleNode.coordinator(name, configuration, log: log)
        }
    }
}
