import ArgumentParser
import WeirCore
import WeirNode

struct ConfigShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the configuration in effect, with the origin of each value.",
        discussion: """
            Example:
              weirctl config show config/weir.yaml
            """
    )

    @Argument(help: "A node's file, such as config/weir.yaml.")
    var file: String?

    @Flag(help: "Print the values as JSON, by file and key.")
    var json = false

    func run() throws {
        let loaded = try LoadedConfiguration.loaded(file)
        guard json else {
            print(loaded.rendered, terminator: "")
            return
        }
        var text = JSONWriter()
        text.object { text in
            for value in loaded.values {
                text.key(value.key)
                text.object { text in
                    text.member("value", value.value)
                    text.member("origin", value.origin)
                }
            }
        }
        print(text.text)
    }
}
