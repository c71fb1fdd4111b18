import ArgumentParser
import Foundation

/// What verbs that can't be undone have in common: they ask first.
struct Consent: ParsableArguments {
    @Flag(name: .customLong("yes"), help: "Do it without asking.")
    var isGiven = false

    /// Asks on the terminal. Ends the program unless the answer is yes.
    func require(_ question: String) throws {
        if isGiven { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError("\(question) There is no terminal to ask at: add --yes")
        }
        FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
        let answer = readLine()?.lowercased() ?? ""
        guard ["y", "yes"].contains(answer) else {
            FileHandle.standardError.write(Data("nothing was done\n".utf8))
            throw ExitCode(1)
        }
    }
}
