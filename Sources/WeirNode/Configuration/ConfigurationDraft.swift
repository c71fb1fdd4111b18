/// A configuration in the making: what the layers said so far, who said it, and what was wrong with it.
struct ConfigurationDraft: Sendable {
    var configuration = Configuration()
    /// Files that a setting names, as named.
    var paths: [ConfigurationFile: String] = [:]
    /// Of settings that some layer gave; the others have their defaults.
    var origins: [Setting.Name: ConfigurationOrigin] = [:]
    var problems: [ConfigurationProblem] = []

    func origin(of name: Setting.Name) -> ConfigurationOrigin { origins[name] ?? .default }

    /// Takes in the value of one setting, and notes what is wrong with it.
    mutating func set(_ setting: Setting, to node: ConfigurationNode, from origin: ConfigurationOrigin) {
        let findings = setting.read(node, &self)
        // Also when it is wrong: rules between settings then have a place to point at.
        origins[setting.name] = origin
        for finding in findings {
            var place = origin
            if let line = finding.line, case .file(let path, _) = origin { place = .file(path, line: line) }
            problems.append(
                ConfigurationProblem(origin: place, key: setting.name.path + finding.suffix, message: finding.message)
            )
        }
    }

    /// Takes in a whole file.
    ///
    /// - Parameter path: as it is to be shown.
    mutating func read(_ root: ConfigurationNode, as file: ConfigurationFile, at path: String) {
        switch root.content {
        case .empty: break
        case .map(let entries): read(entries, prefix: "", as: file, at: path)
        case .text, .list:
            problems.append(
                ConfigurationProblem(
                    origin: .file(path, line: root.line),
                    key: "",
                    message: "the file holds \(root.summary); it must hold keys with values, as \(file.rawValue) does"
                )
            )
        }
    }

    private mutating func read(
        _ entries: [ConfigurationNode.Entry],
        prefix: String,
        as file: ConfigurationFile,
        at path: String
    ) {
        for entry in entries {
            let name = Setting.Name(file: file, path: prefix + entry.key)
            let origin = ConfigurationOrigin.file(path, line: entry.line)
            if let setting = Setting.byName[name] {
                set(setting, to: entry.value, from: origin)
            } else if Setting.all(in: file).contains(where: { $0.name.path.hasPrefix(name.path + ".") }) {
                switch entry.value.content {
                case .map(let inner): read(inner, prefix: name.path + ".", as: file, at: path)
                case .empty: break
                case .text, .list:
                    let keys = KnownKeys(file: file, prefix: name.path + ".").names.joined(separator: ", ")
                    problems.append(
                        ConfigurationProblem(
                            origin: origin,
                            key: name.path,
                            message: "\(entry.value.summary) is not allowed; it must be a group of keys: \(keys)"
                        )
                    )
                }
            } else {
                let known = KnownKeys(file: file, prefix: prefix)
                problems.append(
                    ConfigurationProblem(origin: origin, key: name.path, message: known.message(forUnknown: entry.key))
                )
            }
        }
    }
}
