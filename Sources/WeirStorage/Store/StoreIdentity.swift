import PostgreSQL
import WeirCore

/// What is fixed when a cluster is made, and can't change under data that is stored.
public struct StoreIdentity: Sendable, Hashable {
    /// Of the tables' contents; tables of an earlier format are brought to it when they are opened.
    static let format = 2

    /// Name and version of the contract: intents' ids are derived from them.
    public var contract: String
    public var shards: Int
    /// Length of a pane in milliseconds.
    public var paneMilliseconds: Int

    public init(contract: Contract, shards: Int) {
        self.contract = "\(contract.name) \(contract.version)"
        self.shards = shards
        paneMilliseconds = Int(contract.windows.layout.paneLength / 1000)
    }

    /// Writes it down where nothing is written yet.
    var insertion: SQLStatement {
        SQLStatement(
            """
            INSERT INTO cluster (id, format, contract, shards, pane_ms) VALUES (1, $1, $2, $3, $4) ON CONFLICT (id) DO NOTHING
            """,
            SQLValue(Self.format),
            SQLValue(contract),
            SQLValue(shards),
            SQLValue(paneMilliseconds)
        )
    }

    /// Compares it with what is written down.
    func check(_ store: any StoreReader, _ place: StorePlace) throws {
        guard let row = try store.row("SELECT contract, shards, pane_ms FROM cluster") else {
            throw StoreFailure.corrupt(place: place, what: "the table cluster", reason: "it is empty")
        }
        func check(_ what: String, _ stored: String, _ wanted: String) throws {
            if stored != wanted {
                throw StoreFailure.mismatch(place: place, what: what, stored: stored, wanted: wanted)
            }
        }
        try check("contract", row["contract"], contract)
        try check("shards", "\(row["shards"] as Int)", "\(shards)")
        try check("window_size_ms", "\(row["pane_ms"] as Int)", "\(paneMilliseconds)")
    }
}
