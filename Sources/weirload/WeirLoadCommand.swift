import ArgumentParser
import WeirNode

@main
struct WeirLoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weirload",
        abstract: "Load tests of a Weir cluster, and generated events.",
        discussion: """
            Examples:
              weirload generate --events 1000000 events.ndjson         a file of events
            """,
        version: WeirVersion.current,
        subcommands: [Generate.self]
    )
}
