import ArgumentParser
import WeirCore
import WeirNode

struct ConfigCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say whether a node would start with a configuration, or all that is wrong with it.",
        discussion: """
            Exit codes: 0 it is right, 1 it is wrong, 2 it is right, with warnings.

            Example:
              weirctl config check config/weir.yaml
            """
    )

    @Argument(help: "A node's file, such as config/weir.yaml.")
    var file: String?

    @Flag(help: "Print the findings as JSON.")
    var json = false

    func run() throws {
        var problems: [String] = []
        var warnings: [String] = []
        do throws(ConfigurationError) {
            warnings = try ConfigurationLoader().load(file: file).warnings
        } catch {
            problems = error.problems.map(\.description)
        }
        if json {
            var text = JSONWriter()
            text.object { text in
                text.member("ok", problems.isEmpty)
                for (name, lines) in [("problems", problems), ("warnings", warnings)] {
                    text.key(name)
                    text.array { text in for line in lines { text.value(line) } }
                }
            }
            print(text.text)
        } else {
            for line in problems { print("wrong: \(line)") }
            for line in warnings { print("warning: \(line)") }
            if problems.isEmpty, warnings.isEmpty { print("\(file ?? "the configuration") is right") }
        }
        if !problems.isEmpty { throw ExitCode(1) }
        if !warnings.isEmpty { throw ExitCode(2) }
    }
}
