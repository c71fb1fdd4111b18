/// What a ``ConfigurationLoader`` found: the configuration that is in effect, and where each value of it comes from.
public struct LoadedConfiguration: Sendable {
    public let configuration: Configuration
    /// Nothing that keeps a node from running; to be logged. One line each.
    public let warnings: [String]
    let origins: [Setting.Name: ConfigurationOrigin]

    /// The configuration in effect as YAML, one document a file in the order of ``ConfigurationFile``, with the origin of
    /// each value in a comment.
    public var rendered: String {
        ConfigurationFile.allCases.map { "# \($0.rawValue)\n" + render($0) }.joined(separator: "---\n")
    }

    /// What is in effect where no layer says anything.
    public static var defaults: LoadedConfiguration {
        LoadedConfiguration(configuration: Configuration(), warnings: [], origins: [:])
    }

    /// Each value as its file writes it: `FILE: KEY`, value, origin.
    public var values: [(key: String, value: String, origin: String)] {
        ConfigurationFile.allCases.flatMap { file in
            Setting.all(in: file).compactMap { setting in
                setting.write(configuration).map { value in
                    ("\(file.rawValue): \(setting.name.path)", value, "\(origins[setting.name] ?? .default)")
                }
            }
        }
    }

    /// One file's part: valid content of such a file, except that it names no other files.
    public func render(_ file: ConfigurationFile) -> String {
        var yaml = ""
        var group: [Substring] = []
        for setting in Setting.all(in: file) {
            guard let value = setting.write(configuration) else { continue }
            let path = setting.name.path.split(separator: ".")
            let common = zip(group, path.dropLast()).prefix { $0 == $1 }.count
            for depth in common..<path.count - 1 { yaml += indent(depth) + path[depth] + ":\n" }
            group = path.dropLast()
            yaml += "\(indent(group.count))\(path[group.count]): \(value)  # \(origins[setting.name] ?? .default)\n"
        }
        return yaml
    }

    private func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }
}
