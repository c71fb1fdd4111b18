import ArgumentParser

/// Asks before something that disturbs a running cluster: on a terminal by a question, elsewhere `--yes` is needed.
struct Confirmation: ParsableArguments {
    @Flag(name: .customLong("dry-run"), help: "Print which shards would move, and do nothing.")
    var dryRun = false

    @Flag(help: "Do not ask.")
    var yes = false

    func require(_ what: String) throws {
        guard !yes, !dryRun else { return }
        let elsewhere = "\(what): pass --yes to do it, or --dry-run to see what it would move"
        guard try Question.isAnsweredYes("\(what)?", elsewhere: elsewhere) else { throw ExitCode(1) }
    }
}
