import ArgumentParser
import WeirNode

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check, show and compare configurations.",
        discussion: """
            Without a file it is what a node started here without one would use: the defaults and the environment (WEIR_…).

            Examples:
              weirctl config check config/weir.yaml
              weirctl config show config/weir.yaml
              weirctl config diff config/weir.yaml other/weir.yaml
            """,
        subcommands: [ConfigCheck.self, ConfigShow.self, ConfigDiff.self]
    )
}

extension LoadedConfiguration {
    /// Of a file; ends the program with all that is wrong with it.
    static func loaded(_ file: String?) throws -> LoadedConfiguration {
        do throws(ConfigurationError) {
            return try ConfigurationLoader().load(file: file)
        } catch {
            throw Failure(error)
        }
    }
}
