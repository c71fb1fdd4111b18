import ArgumentParser
import Foundation

/// What is asked at the terminal before something is done.
enum Question {
    /// Whether the answer is yes.
    ///
    /// - Parameter elsewhere: what to say where there is no terminal to ask at; the command then ends with it.
    static func isAnsweredYes(_ question: String, elsewhere: String) throws -> Bool {
        guard isatty(STDIN_FILENO) == 1 else { throw ValidationError(elsewhere) }
        FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}
