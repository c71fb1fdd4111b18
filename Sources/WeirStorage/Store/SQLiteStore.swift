import Foundation
import GRDB
import WeirCluster
import WeirCore
import WeirWire

/// The coordinator's store in one SQLite file (WAL, full sync). One process writes; reads run beside the writer, each on a consistent
/// snapshot.
public final class SQLiteStore: CoordinatorStore, Sendable {
    public let path: String
    let database: DatabasePool
    public let contract: Contract
    let identity: StoreIdentity

    /// Opens the store, or creates it.
    ///
    /// - Throws: when it can't be opened, or was made for another contract, shard count or pane length.
    public init(path: String, contract: Contract, shards: Int) throws(StoreFailure) {
        self.path = path
        self.contract = contract
        identity = StoreIdentity(contract: contract, shards: shards)
        let identity = identity
        do {
            var configuration = Configuration()
            configuration.label = "weir-store"
            configuration.maximumReaderCount = 4
            configuration.busyMode = .timeout(10)
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            database = try DatabasePool(path: path, configuration: configuration)
            try database.write { db in
                try Self.prepare(db, identity, path: path)
                try db.execute(sql: SQLiteSchema.additions)
                try db.execute(sql: SQLiteSchema.alerts)
                try Self.checkCompaction(db, contract.windows, path: path)
            }
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw .database(path: path, doing: "open the store", reason: "\(error)")
        }
    }

    /// Writes everything into the main file and closes it.
    public func close() throws(StoreFailure) {
        try attempt("close the store") { try database.close() }
    }

    private static func prepare(_ db: Database, _ identity: StoreIdentity, path: String) throws {
        if try !db.tableExists("cluster") {
            try db.execute(sql: SQLiteSchema.statements)
            try db.execute(
                sql: "INSERT INTO cluster (id, format, contract, shards, pane_ms) VALUES (1, ?, ?, ?, ?)",
                arguments: [SQLiteSchema.format, identity.contract, identity.shards, identity.paneMilliseconds]
            )
            return
        }
        let row = try Row.fetchOne(db, sql: "SELECT format, contract, shards, pane_ms FROM cluster")!
        guard (row["format"] as Int) <= SQLiteSchema.format else {
            throw StoreFailure.newerFormat(path: path, found: row["format"], supported: SQLiteSchema.format)
        }
        func check(_ what: String, _ stored: String, _ wanted: String) throws {
            if stored != wanted { throw StoreFailure.mismatch(path: path, what: what, stored: stored, wanted: wanted) }
        }
        try check("contract", row["contract"], identity.contract)
        try check("shards", "\(row["shards"] as Int)", "\(identity.shards)")
        try check("window_size_ms", "\(row["pane_ms"] as Int)", "\(identity.paneMilliseconds)")
        if (row["format"] as Int) == 1 { try db.execute(sql: SQLiteSchema.from1) }
    }

    /// Runs something, and gives its errors their place.
    func attempt<Value>(_ doing: String, _ body: () throws -> Value) throws(StoreFailure) -> Value {
        do {
            return try body()
        } catch let failure as StoreFailure {
            throw failure
        } catch let failure as DecodingFailure {
            throw .corrupt(path: path, what: doing, reason: failure.description)
        } catch {
            throw .database(path: path, doing: doing, reason: "\(error)")
        }
    }
}
