/// Where a store lies, as an operator knows it.
public enum StorePlace: Sendable, Hashable, CustomStringConvertible {
    /// A file of SQLite.
    case file(String)
    /// A schema of a PostgreSQL database.
    case schema(String, at: String)

    public var description: String {
        switch self {
        case .file(let path): path
        case .schema(let name, let server): "schema \(name) at \(server)"
        }
    }

    /// What to use for a cluster of another kind.
    var alternative: String {
        switch self {
        case .file: "another --data directory"
        case .schema: "another coordinator.postgresql_schema"
        }
    }

    /// What to do with one that can't be read.
    var remedy: String {
        switch self {
        case .file: "restore the file from a backup, or start with an empty --data directory"
        case .schema: "restore the schema from a dump (pg_restore), or use another coordinator.postgresql_schema"
        }
    }
}
