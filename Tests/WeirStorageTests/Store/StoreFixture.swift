import PostgreSQL
import Testing
import WeirCluster
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirStorage

/// The engines of a store. What a store does is tested with all of them.
enum StoreEngine: String, Sendable, CustomTestStringConvertible {
    case sqlite
    case postgresql

    /// Those that are installed here; see ``WeirTestSupport/PostgreSQLServer/hint``.
    static var all: [StoreEngine] { PostgreSQLServer.isInstalled ? [.sqlite, .postgresql] : [.sqlite] }

    var testDescription: String { rawValue }
}

/// An empty place for a store, which goes with it.
final class StoreFixture {
    let directory: TemporaryDirectory
    /// Nil for SQLite.
    let server: PostgreSQLServer?
    private var instances = 0

    init(_ engine: StoreEngine) throws {
        directory = try TemporaryDirectory()
        server = engine == .postgresql ? try PostgreSQLServer() : nil
    }

    private func settings(_ server: PostgreSQLServer, timeout: Duration) throws -> PostgreSQLSettings {
        try PostgreSQLSettings(
            connection: server.connection,
            schema: "weir_store",
            timeout: timeout,
            names: .coordinator
        )
    }

    /// The store that lies there, opened to read it; made when there is none.
    func look(
        shards: Int = 4,
        contract: Contract = Contract(),
        timeout: Duration = .seconds(10)
    ) throws -> SQLStore {
        guard let server else {
            return try .sqlite(path: directory.path + "/weir.sqlite", contract: contract, shards: shards)
        }
        return try .postgreSQL(settings(server, timeout: timeout), node: "c", contract: contract, shards: shards)
    }

    /// A coordinator's lease on a store in PostgreSQL.
    func lease(
        of store: SQLStore,
        duration: Duration = .seconds(10),
        timeout: Duration = .seconds(10)
    ) throws -> PostgreSQLLease {
        instances += 1
        return PostgreSQLLease(
            try settings(#require(server), timeout: timeout),
            store: store,
            instance: "\(instances)",
            duration: duration
        )
    }

    static let holder = LeaseHolder(name: NodeName("c")!, url: "tcp://c:7700")

    /// The same, and its writer from now on.
    func open(
        shards: Int = 4,
        contract: Contract = Contract(),
        timeout: Duration = .seconds(10)
    ) throws -> SQLStore {
        let store = try look(shards: shards, contract: contract, timeout: timeout)
        guard let server else { return store }
        // As if the one before had been away for long.
        try server.query("update weir_store.leadership set expires_at = '-infinity'")
        guard case .granted(let term) = try lease(of: store).acquire(for: Self.holder) else {
            throw PostgreSQLServer.Failure(description: "the lease was not granted")
        }
        store.lead(term)
        return store
    }
}
