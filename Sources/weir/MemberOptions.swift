import ArgumentParser
import WeirNode
import WeirWire

/// What every role says that joins a coordinator: who it is, and where the coordinator is.
struct MemberOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "1 to 64 letters, digits, dots, hyphens or underscores; unique in the cluster.",
            valueName: "name"
        )
    )
    var name: NodeName

    @Option(
        help: ArgumentHelp(
            """
            Control URL of the coordinator; of several, all, with commas between them; or where they are found: dns+tcp://HOST:PORT, \
            consul+http://HOST:PORT, etcd+http://HOST:PORT. Default: tcp://127.0.0.1:7700
            """,
            valueName: "url"
        )
    )
    var join: String?
}
