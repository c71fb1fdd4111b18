import Foundation
import GRDB
import PostgreSQL
import WeirCluster

/// One SQLite file (WAL, full sync). Its directory is locked by the process that owns it, so there is no other writer.
final class SQLiteDatabase: StoreDatabase {
    private let path: String
    private let pool: DatabasePool
    let checkpointer: SQLiteCheckpointer

    var place: StorePlace { .file(path) }

    init(path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.label = "weir-store"
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(10)
        let checkpointer = SQLiteCheckpointer(path: path)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            checkpointer.attach(to: db)
        }
        self.checkpointer = checkpointer
        pool = try DatabasePool(path: path, configuration: configuration)
    }

    func prepare(_ identity: StoreIdentity) throws {
        try pool.write { db in
            if try !db.tableExists("cluster") {
                try db.execute(sql: SQLiteSchema.statements)
            } else if let format = try Int.fetchOne(db, sql: "SELECT format FROM cluster") {
                guard format <= StoreIdentity.format else {
                    throw StoreFailure.newerFormat(place: place, found: format, supported: StoreIdentity.format)
                }
                try identity.check(SQLiteReader(db: db), place)
                if format == 1 { try db.execute(sql: SQLiteSchema.from1) }
            }
            try db.execute(sql: SQLiteSchema.additions)
            try db.execute(sql: SQLiteSchema.alerts)
            try Self.run(identity.insertion, db)
        }
    }

    func lead(_ term: Term) {}

    func end(_ term: Term) {}

    func write(_ statements: [SQLStatement]) throws {
        try pool.write { db in
            for statement in statements { try Self.run(statement, db) }
        }
        checkpointer.noteCommit()
    }

    private static func run(_ statement: SQLStatement, _ db: Database) throws {
        let prepared = try db.cachedStatement(sql: statement.text)
        for row in statement.rows { try prepared.execute(arguments: StatementArguments(row.map(\.databaseValue))) }
    }

    func read<Value>(_ body: (any StoreReader) throws -> Value) throws -> Value {
        try pool.read { db in try body(SQLiteReader(db: db)) }
    }

    func close() throws {
        checkpointer.stop()
        try pool.close()
    }
}

private struct SQLiteReader: StoreReader {
    let db: Database

    func each(_ query: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Bool) throws {
        // Not kept: there are as many as limits and ids that are asked for.
        let statement = try db.makeStatement(sql: query)
        let names = statement.columnNames
        let rows = try Row.fetchCursor(statement, arguments: StatementArguments(parameters.map(\.databaseValue)))
        while let row = try rows.next() {
            let values = row.map { SQLValue($0.1) as SQLValue } as [SQLValue]
            guard try body(SQLRow(names: names, values: values)) else { return }
        }
    }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        // GRDB binds text up to the first U+0000 only: with one in it, it lies as bytes, as which it is compared and read too.
        case .text(let value): value.utf8.contains(0) ? Data(value.utf8).databaseValue : value.databaseValue
        case .bytes(let value): Data(value).databaseValue
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let value): .integer(value)
            case .double(let value): .real(value)
            case .string(let value): .text(value)
            case .blob(let value): .bytes([UInt8](value))
            }
    }
}
