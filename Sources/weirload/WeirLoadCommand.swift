import ArgumentParser
import WeirNode

@main
struct WeirLoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weirload",
        abstract: "Load tests of a Weir cluster, and generated events.",
        discussion: """
            Examples:
              weirload run --rate 50000 --duration 30s --report run.html   load on a running cluster, and what came of it
              weirload find-limit --p99 50ms                               the highest rate that holds
              weirload compare before.json after.json                      fails on regressions
              weirload generate --events 1000000 events.ndjson             a file of events
            """,
        version: WeirVersion.current,
        subcommands: [RunCommand.self, FindLimit.self, Compare.self, Generate.self]
    )
}
