import Foundation
import PostgreSQL
import Synchronization
import WeirCluster
import WeirCore
import WeirWire

/// The coordinator's store in tables of SQL. One process writes; reads run beside the writer, each on a consistent state.
public final class SQLStore: CoordinatorStore, Sendable {
    public let contract: Contract
    let database: any StoreDatabase
    let identity: StoreIdentity

    public var place: StorePlace { database.place }

    private let isPrepared = Atomic(false)

    private init(_ database: any StoreDatabase, contract: Contract, shards: Int) {
        self.contract = contract
        self.database = database
        identity = StoreIdentity(contract: contract, shards: shards)
    }

    /// Opens the store, or creates it, unless that is done.
    ///
    /// - Throws: when it can't be opened, or was made for another contract, shard count or pane length.
    func prepareOnce() throws(StoreFailure) {
        guard !isPrepared.load(ordering: .acquiring) else { return }
        try attempt("open the store") {
            try database.prepare(identity)
            try database.read { store in
                try identity.check(store, database.place)
                try Self.checkCompaction(store, contract.windows, database.place)
            }
        }
        isPrepared.store(true, ordering: .releasing)
    }

    /// What is written from now on is of this term, and refused when another has begun. A store in SQLite has one process at a time.
    public func lead(_ term: Term) { database.lead(term) }

    /// That term is over by its holder's clock: whoever waits for the database's answer in it, on any thread, does so no longer, and is told that the
    /// server is unavailable; what was sent may still be stored, if no other term has begun. Nothing happens in SQLite.
    public func end(_ term: Term) { database.end(term) }

    /// A store in one file of SQLite.
    public static func sqlite(path: String, contract: Contract, shards: Int) throws(StoreFailure) -> SQLStore {
        let database: SQLiteDatabase
        do {
            database = try SQLiteDatabase(path: path)
        } catch {
            throw .database(path: path, doing: "open the store", reason: "\(error)")
        }
        let store = SQLStore(database, contract: contract, shards: shards)
        try store.prepareOnce()
        return store
    }

    /// A store in a schema of a PostgreSQL database. When the server can't be reached now, it is opened with the first question for the
    /// lease that has an answer.
    ///
    /// - Parameter node: the coordinator's name, which the server shows as `application_name`.
    public static func postgreSQL(
        _ settings: PostgreSQLSettings,
        node: String,
        contract: Contract,
        shards: Int
    ) throws(StoreFailure) -> SQLStore {
        let store = SQLStore(PostgreSQLDatabase(settings, node: node), contract: contract, shards: shards)
        do throws(StoreFailure) {
            try store.prepareOnce()
        } catch {
            guard case .server(let failure) = error, failure.kind == .unavailable else { throw error }
        }
        return store
    }

    public func apply(_ transaction: StoreTransaction) throws(StoreFailure) {
        try apply(transaction, at: WallTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)))
    }

    func apply(_ transaction: StoreTransaction, at now: WallTime) throws(StoreFailure) {
        let statements = StoreStatements(transaction, layout: contract.windows.layout, at: now).all
        try attempt("store a transaction") { try database.write(statements) }
    }

    /// Writes everything to where it belongs and closes it.
    public func close() throws(StoreFailure) {
        try attempt("close the store") { try database.close() }
    }

    /// Runs something on one consistent state.
    func read<Value>(_ doing: String, _ body: (any StoreReader) throws -> Value) throws(StoreFailure) -> Value {
        try attempt(doing) { try database.read(body) }
    }

    /// Runs something, and gives its errors their place.
    func attempt<Value>(_ doing: String, _ body: () throws -> Value) throws(StoreFailure) -> Value {
        do {
            return try body()
        } catch let failure as StoreFailure {
            throw failure
        } catch let failure as DecodingFailure {
            throw .corrupt(place: place, what: doing, reason: failure.description)
        } catch let failure as PostgreSQLFailure {
            throw failure.sqlState == PostgreSQLStoreSchema.deposedState ? .deposed(place: place) : .server(failure)
        } catch {
            throw .database(path: place.description, doing: doing, reason: "\(error)")
        }
    }
}
