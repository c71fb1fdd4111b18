import ArgumentParser
import Foundation

/// What verbs that can't be undone have in common: they ask first.
struct Consent: ParsableArguments {
    @Flag(name: .customLong("yes"), help: "Do it without asking.")
    var isGiven = false

    /// Asks on the terminal. Ends the program unless the answer is yes.
    func require(_ question: String) throws {
        if isGiven { return }
        let elsewhere = "\(question) There is no terminal to ask at: add --yes"
        guard try Question.isAnsweredYes(question, elsewhere: elsewhere) else {
            FileHandle.standardError.write(Data("nothing was done\n".utf8))
            throw ExitCode(1)
        }
    }
}
