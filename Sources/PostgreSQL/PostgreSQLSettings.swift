import CPostgreSQL

/// How a PostgreSQL server is reached: a connection string of libpq, without secrets.
///
/// Passwords come from `PGPASSWORD`, or from the file that `PGPASSFILE` or the string's `passfile` names, as libpq takes them; so a
/// string can be logged and shown.
public struct PostgreSQLSettings: Sendable, Hashable {
    /// `postgresql://USER@HOST:PORT/DATABASE?…` or `host=… dbname=…` (PostgreSQL's manual, 34.1.1).
    public let connection: String
    /// The schema of the server's database that holds Weir's tables, one for each cluster: a lower-case identifier.
    public let schema: String
    /// How long connecting, or one round of statements, may take.
    public let timeout: Duration
    /// What an operator finds these settings under.
    public let names: Names

    /// Names of settings, for what an operator is told.
    public struct Names: Sendable, Hashable {
        public var connection: String
        public var schema: String
        public var timeout: String

        public init(connection: String, schema: String, timeout: String) {
            self.connection = connection
            self.schema = schema
            self.timeout = timeout
        }

        /// Of the executor's sink.
        public static let executor = Names(
            connection: "executor.postgresql",
            schema: "executor.postgresql_schema",
            timeout: "executor.sink_timeout_ms"
        )
        /// Of the coordinator's store.
        public static let coordinator = Names(
            connection: "coordinator.postgresql",
            schema: "coordinator.postgresql_schema",
            timeout: "coordinator.store_timeout_ms"
        )
    }

    /// - Parameter schema: 1 to 63 lower-case letters, digits and underscores, the first no digit, and not of PostgreSQL's own.
    public init(
        connection: String,
        schema: String = "weir",
        timeout: Duration = .seconds(10),
        names: Names = .executor
    ) throws(Refusal) {
        if let problem = Self.problem(ofConnection: connection) { throw Refusal(description: problem) }
        guard Self.isSchemaName(schema) else { throw Refusal(description: "\(schema) is not the name of a schema") }
        self.connection = connection
        self.schema = schema
        self.timeout = timeout
        self.names = names
    }

    /// The same with another bound.
    public func with(timeout: Duration) -> Self { Self(self, timeout: timeout) }

    private init(_ other: Self, timeout: Duration) {
        (connection, schema, names) = (other.connection, other.schema, other.names)
        self.timeout = timeout
    }

    /// Why settings are none. It never contains a secret.
    public struct Refusal: Error, CustomStringConvertible {
        public let description: String
    }

    /// What is wrong with a connection string, in words that do not repeat it, as it may contain a password; nil if nothing is.
    public static func problem(ofConnection text: String) -> String? {
        guard let options = options(of: text) else {
            return
                "it is no connection string of libpq, such as postgresql://weir@db.example.org/metrics?sslmode=verify-full"
        }
        for secret in ["password", "sslpassword"] where options[secret] != nil {
            return
                "it contains a \(secret): give it in the environment as PGPASSWORD, or in a file that PGPASSFILE or passfile= names"
        }
        return nil
    }

    public static func isSchemaName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && !text.hasPrefix("pg_")
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
            && text.utf8.first.map { !(0x30...0x39).contains($0) } ?? false
    }

    /// Where the string leads, for logs: `postgresql://HOST:PORT/DATABASE`.
    public var place: String {
        let options = Self.options(of: connection) ?? [:]
        let host = options["host"] ?? options["hostaddr"] ?? "localhost"
        let port = options["port"].map { ":" + $0 } ?? ""
        return "postgresql://\(host)\(port)/\(options["dbname"] ?? "")"
    }

    /// The options that a string sets; nil if it is none.
    private static func options(of text: String) -> [String: String]? {
        guard let list = PQconninfoParse(text, nil) else { return nil }
        defer { PQconninfoFree(list) }
        var options: [String: String] = [:]
        var next = list
        while let keyword = next.pointee.keyword {
            if let value = next.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            next += 1
        }
        return options
    }
}
