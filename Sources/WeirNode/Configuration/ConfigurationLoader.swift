import Foundation

/// Puts a configuration together from its layers: defaults < files < environment variables < flags.
///
/// Everything is checked, also values that a later layer overrides, and all problems are reported at once.
public struct ConfigurationLoader: Sendable {
    private let environment: [String: String]
    private let readFile: @Sendable (String) -> ConfigurationText

    /// - Parameter environment: variables by name; the empty text counts as not set.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.init(environment: environment, readFile: ConfigurationText.read)
    }

    init(environment: [String: String], readFile: @escaping @Sendable (String) -> ConfigurationText) {
        self.environment = environment.filter { !$0.value.isEmpty }
        self.readFile = readFile
    }

    /// - Parameters:
    ///   - file: path of the node's file; without one `WEIR_CONFIG`, and without that the built-in defaults.
    ///   - overrides: what the command line says.
    /// - Throws: an error that lists everything wrong.
    public func load(
        file: String? = nil,
        overrides: ConfigurationOverrides = ConfigurationOverrides()
    ) throws(ConfigurationError) -> LoadedConfiguration {
        var draft = ConfigurationDraft()
        readFiles(startingAt: file ?? environment["WEIR_CONFIG"], into: &draft)
        for setting in Setting.all {
            guard let variable = setting.variable, let text = environment[variable],
                // Read with the files, as it decides which ones.
                setting.pathOf == nil
            else { continue }
            draft.set(setting, to: ConfigurationNode(text: text), from: .environment(variable: variable))
        }
        for assignment in overrides.assignments {
            guard let setting = Setting.byName[assignment.setting] else {
                preconditionFailure("\(assignment.flag) stands for \(assignment.setting), which is no setting")
            }
            draft.set(setting, to: ConfigurationNode(text: assignment.text), from: .flag(assignment.flag))
        }
        draft.checkRules()
        guard draft.problems.isEmpty else { throw ConfigurationError(problems: draft.problems) }
        return LoadedConfiguration(
            configuration: draft.configuration,
            warnings: unknownVariables(),
            origins: draft.origins
        )
    }

    // MARK: - Files

    private func readFiles(startingAt path: String?, into draft: inout ConfigurationDraft) {
        if let path { read(.node, at: path, namedBy: nil, into: &draft) }
        for setting in Setting.node + Setting.contract {
            guard let file = setting.pathOf else { continue }
            if let variable = setting.variable, let text = environment[variable] {
                draft.set(setting, to: ConfigurationNode(text: text), from: .environment(variable: variable))
            }
            guard let named = draft.paths[file] else { continue }
            let origin = draft.origin(of: setting.name)
            read(file, at: Self.resolve(named, from: origin), namedBy: setting, into: &draft)
        }
    }

    private func read(
        _ file: ConfigurationFile,
        at path: String,
        namedBy setting: Setting?,
        into draft: inout ConfigurationDraft
    ) {
        switch readFile(path) {
        case .unreadable(let reason):
            let origin = setting.map { draft.origin(of: $0.name) } ?? .file(path, line: nil)
            let message =
                setting == nil
                ? "the file \(reason); it must be a file such as \(file.rawValue)"
                : "the file \(path) \(reason); it must be a file such as \(file.rawValue)"
            draft.problems.append(
                ConfigurationProblem(origin: origin, key: setting?.name.path ?? "", message: message)
            )
        case .text(let text):
            do {
                draft.read(try ConfigurationNode(yaml: text), as: file, at: path)
            } catch {
                draft.problems.append(
                    ConfigurationProblem(origin: .file(path, line: error.line), key: error.key, message: error.message)
                )
            }
        }
    }

    /// A path in a file is relative to that file, elsewhere to the working directory.
    private static func resolve(_ path: String, from origin: ConfigurationOrigin) -> String {
        guard case .file(let file, _) = origin, !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else {
            return path
        }
        return file[...slash] + path
    }

    // MARK: - Variables

    /// Kubernetes sets variables such as `WEIR_PORT` for a service that is named so; hence a warning and no error.
    private func unknownVariables() -> [String] {
        let further = ["WEIR_CONFIG", KafkaPassword.variable, EtcdUser.passwordVariable]
        let known = Set(Setting.all.compactMap(\.variable) + further)
        return environment.keys.filter { $0.hasPrefix("WEIR_") && !known.contains($0) }.sorted().map { variable in
            let nearest = NearestName.nearest(to: variable, among: known.sorted())
            return "environment variable \(variable) is not known and ignored"
                + (nearest.map { "; did you mean \($0)?" } ?? "")
        }
    }
}
