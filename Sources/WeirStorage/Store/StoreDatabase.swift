import PostgreSQL
import WeirCluster

/// An engine that keeps a store's tables: what it takes to run the statements of a ``SQLStore``, which are the same for all engines.
protocol StoreDatabase: Sendable {
    var place: StorePlace { get }

    /// Makes the tables, or brings them to this version, and writes down whose they are when nobody has.
    func prepare(_ identity: StoreIdentity) throws
    /// What is written from now on is of this term, and refused when another has begun.
    func lead(_ term: Term)
    /// That term is over: whatever waits for an answer in it, on any thread, fails within a moment, until a later one leads.
    func end(_ term: Term)
    /// Runs statements in one transaction, durable when this returns.
    func write(_ statements: [SQLStatement]) throws
    /// Runs something on one consistent state.
    func read<Value>(_ body: (any StoreReader) throws -> Value) throws -> Value
    func close() throws
}

/// One consistent state of a store.
protocol StoreReader {
    /// Tells the rows of an answer one by one, until the body returns false. It must not ask anything meanwhile.
    func each(_ query: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Bool) throws
}

extension StoreReader {
    func rows(_ query: String, _ parameters: SQLValue...) throws -> [SQLRow] { try rows(query, parameters) }

    func rows(_ query: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        var rows: [SQLRow] = []
        try each(query, parameters) { row in
            rows.append(row)
            return true
        }
        return rows
    }

    func row(_ query: String, _ parameters: SQLValue...) throws -> SQLRow? {
        var found: SQLRow?
        try each(query, parameters) { row in
            found = row
            return false
        }
        return found
    }
}
