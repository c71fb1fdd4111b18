import PostgreSQL

extension Setting {
    /// A connection string of libpq. What is wrong with one is said without repeating it: it may contain a password.
    static func connection(
        _ path: String,
        _ target: any WritableKeyPath<Configuration, String?> & Sendable
    ) -> Setting {
        let allowed = AllowedValues<String?>.optional(.text(1...4096))
        var setting = Setting(path, target, allowed)
        setting.read = { node, draft in
            guard let value = allowed.read(node) else {
                return [Finding(message: "it must be \(allowed.description)")]
            }
            if let value, let problem = PostgreSQLSettings.problem(ofConnection: value) {
                return [Finding(message: problem)]
            }
            draft.configuration[keyPath: target] = value
            return []
        }
        return setting
    }
}

extension AllowedValues where Value == String {
    /// The name of a schema of PostgreSQL.
    static var schema: Self {
        Self(
            description: "1 to 63 lower-case letters, digits and underscores, not beginning with a digit or pg_",
            read: { node in node.text.flatMap { PostgreSQLSettings.isSchemaName($0) ? $0 : nil } },
            write: { $0 }
        )
    }
}
