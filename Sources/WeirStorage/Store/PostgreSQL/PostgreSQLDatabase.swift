import PostgreSQL
import WeirCluster

/// A schema of a PostgreSQL database. Several processes may have it open; the one whose term it is writes.
///
/// Connections are made when they are needed, and again after a failure.
final class PostgreSQLDatabase: StoreDatabase {
    /// Reads at a time; further ones wait for the first.
    private static let readersMax = 4
    /// A transaction that the server ends with a conflict has no effect, and is run again at once; so often.
    private static let attemptsMax = 3

    /// A transaction that writes is sent whole. Who stands still within one for longer would hold up the takeover by another: the server ends it.
    private static let idleTransactionMax = Duration.seconds(2)
    /// One that reads holds up nobody, and waits for who takes up what it has read: a new leader the whole of a large store. It keeps the server
    /// from removing old rows meanwhile, so a process that stands still is ended too.
    private static let idleReadMax = Duration.seconds(300)

    private let settings: PostgreSQLSettings
    private let applicationName: String
    private let writer = ExclusiveState(Writer())
    private let readers = (0..<readersMax).map { _ in ExclusiveState<PostgreSQLConnection?>(nil) }

    private let terms = LeadingTerms()

    private struct Writer {
        var connection: PostgreSQLConnection?
        /// Nil before it leads.
        var term: Int64?
    }

    var place: StorePlace { .schema(settings.schema, at: settings.place) }

    /// - Parameter node: who writes, for those who look from the server's side.
    init(_ settings: PostgreSQLSettings, node: String) {
        self.settings = settings
        applicationName = "weir/\(node)"
    }

    func prepare(_ identity: StoreIdentity) throws {
        try withWriter { connection, _, deadline throws(PostgreSQLFailure) in
            try connection.migrate(PostgreSQLStoreSchema.migrations, by: deadline)
            try connection.commit([identity.insertion], doing: "open the store", by: deadline)
        }
    }

    func lead(_ term: Term) {
        terms.begin(term)
        writer.use { $0.term = term.value }
    }

    func end(_ term: Term) { terms.end(term) }

    func write(_ statements: [SQLStatement]) throws {
        try withWriter { connection, term, deadline throws(PostgreSQLFailure) in
            let fence = SQLStatement(PostgreSQLStoreSchema.fence, SQLValue(term))
            try connection.commit([fence] + statements, doing: "store a transaction", by: deadline)
        }
    }

    func read<Value>(_ body: (any StoreReader) throws -> Value) throws -> Value {
        for reader in readers {
            if let value = try reader.useIfFree({ try read(&$0, body) }) { return value }
        }
        return try readers[0].use { try read(&$0, body) }
    }

    func close() {
        writer.use { $0.connection = nil }
        for reader in readers { reader.use { $0 = nil } }
    }

    // MARK: - Connections

    /// - Parameter idleMax: how long a transaction may wait for its next statement.
    private func connect(idleMax: Duration) throws(PostgreSQLFailure) -> PostgreSQLConnection {
        try PostgreSQLConnection(
            settings,
            name: applicationName,
            parameters: [
                ("search_path", settings.schema),
                ("idle_in_transaction_session_timeout", "\(idleMax.inMilliseconds)"),
            ],
            by: .now + settings.timeout,
            givesUp: { [terms] in terms.isOver ? "the lease of the leader was over" : nil }
        )
    }

    private func withWriter(
        _ body: (PostgreSQLConnection, inout Int64?, ContinuousClock.Instant) throws(PostgreSQLFailure) -> Void
    ) throws {
        try writer.use { writer in
            for attempt in 1... {
                do throws(PostgreSQLFailure) {
                    let connection: PostgreSQLConnection
                    if let known = writer.connection, known.isUsable {
                        connection = known
                    } else {
                        connection = try connect(idleMax: Self.idleTransactionMax)
                    }
                    writer.connection = nil  // Until it has done what it was asked for.
                    try body(connection, &writer.term, .now + settings.timeout)
                    writer.connection = connection
                    return
                } catch {
                    guard error.kind == .conflict, attempt < Self.attemptsMax else { throw error }
                }
            }
        }
    }

    private func read<Value>(
        _ slot: inout PostgreSQLConnection?,
        _ body: (any StoreReader) throws -> Value
    ) throws -> Value {
        let connection: PostgreSQLConnection
        if let known = slot, known.isUsable {
            connection = known
        } else {
            slot = nil
            connection = try connect(idleMax: Self.idleReadMax)
        }
        slot = nil  // Until it has done what it was asked for.
        let timeout = settings.timeout
        try connection.run(
            script: "begin isolation level repeatable read, read only",
            doing: "read the store",
            by: .now + timeout
        )
        let value = try body(PostgreSQLReader(connection: connection, timeout: timeout))
        try connection.run(script: "commit", doing: "read the store", by: .now + timeout)
        slot = connection
        return value
    }
}

private struct PostgreSQLReader: StoreReader {
    let connection: PostgreSQLConnection
    /// Of each query.
    let timeout: Duration

    func each(_ query: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Bool) throws {
        var failure: (any Error)?
        try connection.query(query, parameters, doing: "read the store", by: .now + timeout) { row in
            do {
                return try body(row)
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
    }
}
