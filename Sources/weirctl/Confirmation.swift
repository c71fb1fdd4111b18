import ArgumentParser
import Foundation

/// Asks before something that disturbs a running cluster: on a terminal by a question, elsewhere `--yes` is needed.
struct Confirmation: ParsableArguments {
    @Flag(name: .customLong("dry-run"), help: "Print which shards would move, and do nothing.")
    var dryRun = false

    @Flag(help: "Do not ask.")
    var yes = false

    func require(_ what: String) throws {
        guard !yes, !dryRun else { return }
        try Self.ask(what, instead: "pass --yes to do it, or --dry-run to see what it would move")
    }

    /// Asks on a terminal; ends the command elsewhere, saying what to do instead.
    static func ask(_ what: String, instead: String) throws {
        guard isatty(STDIN_FILENO) == 1 else { throw ValidationError("\(what): \(instead)") }
        FileHandle.standardError.write(Data("\(what)? [y/N] ".utf8))
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else { throw ExitCode(1) }
    }
}
