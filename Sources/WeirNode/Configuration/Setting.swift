/// One key: where it stands, what it may be, and which value it sets. All layers go through it: files, variables,
/// flags.
struct Setting: Sendable {
    struct Name: Sendable, Hashable {
        var file: ConfigurationFile
        /// Within the file, with dots between groups.
        var path: String
    }

    /// Something wrong within the value of a setting.
    struct Finding: Sendable, Hashable {
        /// Where in the file; nil for the line of the key.
        var line: Int?
        /// Completes the path of the setting, such as `[2].type`.
        var suffix = ""
        var message: String
    }

    var name: Name
    /// The environment variable that overrides the key, if one does.
    var variable: String?
    /// The file whose path the value is, if it is one.
    var pathOf: ConfigurationFile?
    /// Takes a value in; says what is wrong with it, and then leaves the draft as it was.
    var read: @Sendable (ConfigurationNode, inout ConfigurationDraft) -> [Finding]
    /// The value as YAML on one line; nil for what is not part of a ``Configuration``.
    var write: @Sendable (Configuration) -> String?

    /// A key of the node's file. Its variable is `WEIR_` and the path, without `node.`.
    init<Value>(
        _ path: String,
        _ target: any WritableKeyPath<Configuration, Value> & Sendable,
        _ allowed: AllowedValues<Value>
    ) {
        self.init(.node, path, target, allowed)
        variable = Self.nodeVariable(path)
    }

    /// A key of the contract.
    ///
    /// - Parameter isOverridable: whether the variable `WEIR_` and the key's own name overrides it.
    init<Value>(
        _ file: ConfigurationFile,
        _ path: String,
        _ target: any WritableKeyPath<Configuration, Value> & Sendable,
        _ allowed: AllowedValues<Value>,
        isOverridable: Bool = false
    ) {
        name = Name(file: file, path: path)
        read = { node, draft in
            guard let value = allowed.read(node) else { return [.notAllowed(node, allowed.description)] }
            draft.configuration[keyPath: target] = value
            return []
        }
        write = { allowed.write($0[keyPath: target]) }
        if isOverridable { variable = "WEIR_" + (path.split(separator: ".").last ?? "").uppercased() }
    }

    /// A key that only states what is built in, or that has a shape of its own.
    init(
        _ file: ConfigurationFile,
        _ path: String,
        read: @escaping @Sendable (ConfigurationNode, inout ConfigurationDraft) -> [Finding],
        write: @escaping @Sendable (Configuration) -> String?
    ) {
        name = Name(file: file, path: path)
        self.read = read
        self.write = write
    }

    /// A key that names another file.
    init(_ file: ConfigurationFile, _ path: String, pathOf other: ConfigurationFile) {
        let allowed = AllowedValues<String>.path("a file, relative to this one")
        self.init(
            file,
            path,
            read: { node, draft in
                guard let value = allowed.read(node) else { return [.notAllowed(node, allowed.description)] }
                draft.paths[other] = value
                return []
            },
            write: { _ in nil }
        )
        pathOf = other
        if file == .node { variable = Self.nodeVariable(path) }
    }

    private static func nodeVariable(_ path: String) -> String {
        let own = path.hasPrefix("node.") ? path.dropFirst("node.".count) : path[...]
        return "WEIR_" + own.replacing(".", with: "_").uppercased()
    }
}

extension Setting.Finding {
    /// - Parameter allowed: completes "it must be …".
    static func notAllowed(_ node: ConfigurationNode, _ allowed: String, line: Int? = nil, suffix: String = "") -> Self
    {
        Self(line: line, suffix: suffix, message: "\(node.summary) is not allowed; it must be \(allowed)")
    }
}
