import ArgumentParser
import WeirCore
import WeirNode

struct ConfigDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Print the values in which two configurations differ, or one from the defaults.",
        discussion: """
            Exit codes: 0 no difference, 1 one of them is wrong, 2 they differ.

            Examples:
              weirctl config diff config/weir.yaml
              weirctl config diff config/weir.yaml other/weir.yaml
            """
    )

    @Argument(help: "A node's file.")
    var first: String

    @Argument(help: "Another; the defaults unless given.")
    var second: String?

    @Flag(help: "Print one JSON object a line.")
    var json = false

    func run() throws {
        let left = try LoadedConfiguration.loaded(first).values
        let right = try second.map { try LoadedConfiguration.loaded($0).values } ?? LoadedConfiguration.defaults.values
        let other = Dictionary(uniqueKeysWithValues: right.map { ($0.key, $0.value) })
        let differences = left.compactMap { value in
            other[value.key].flatMap { $0 == value.value ? nil : (key: value.key, first: value.value, second: $0) }
        }
        var table = TextTable([("KEY", .left), (first, .left), (second ?? "DEFAULT", .left)])
        for difference in differences {
            guard json else {
                table.add([difference.key, difference.first, difference.second])
                continue
            }
            var text = JSONWriter()
            text.object { text in
                text.member("key", difference.key)
                text.member("first", difference.first)
                text.member("second", difference.second)
            }
            print(text.text)
        }
        if !json { printTable(table, empty: "no difference") }
        if !differences.isEmpty { throw ExitCode(2) }
    }
}
