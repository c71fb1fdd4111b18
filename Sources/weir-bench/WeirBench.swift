import ArgumentParser

/// `weir-bench`: parts of Weir by themselves, without a cluster around them.
@main
struct WeirBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weir-bench",
        abstract: "Measure parts of Weir by themselves.",
        subcommands: [LoopsCommand.self, LinesCommand.self],
        defaultSubcommand: LoopsCommand.self
    )
}
