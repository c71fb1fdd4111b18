import Foundation
import PostgreSQL
import Testing
import WeirTestSupport

@testable import WeirStorage

/// The write-ahead log of a store moves into its file.
@Suite struct SQLiteCheckpointerTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let database: SQLiteDatabase

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/weir.sqlite"
        database = try SQLiteDatabase(path: path)
        try database.write([SQLStatement("CREATE TABLE block (number INTEGER PRIMARY KEY, bytes BLOB)")])
    }

    private func write(_ number: Int, mebibytes: Int) throws {
        let bytes = [UInt8](repeating: 7, count: mebibytes << 20)
        try database.write([SQLStatement("INSERT INTO block VALUES (?, ?)", SQLValue(number), .bytes(bytes))])
    }

    private var fileBytes: Int {
        get throws { try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0 }
    }

    @Test func aLongLogIsMovedBesideTheWriter() throws {
        try write(1, mebibytes: 1)
        database.checkpointer.finish()
        #expect(try fileBytes < 1 << 20, "it is short yet")
        for number in 2...6 { try write(number, mebibytes: 1) }
        database.checkpointer.finish()
        #expect(try fileBytes > 4 << 20)
        try database.close()
    }

    @Test func aLogThatGrowsTooFastIsMovedByItsWriter() throws {
        database.checkpointer.stop()
        try write(1, mebibytes: 60)
        #expect(try fileBytes < 1 << 20)
        try write(2, mebibytes: 8)
        #expect(try fileBytes > 60 << 20)
        try database.close()
    }

    @Test func whatIsReadMeanwhileStaysAsItWas() throws {
        try write(1, mebibytes: 6)
        database.checkpointer.finish()
        try database.read { store in
            #expect(try Self.blocks(store) == 1)
            try write(2, mebibytes: 6)
            database.checkpointer.finish()
            #expect(try Self.blocks(store) == 1)
        }
        #expect(try database.read(Self.blocks) == 2)
        try database.close()
    }

    private static func blocks(_ store: any StoreReader) throws -> Int {
        try store.rows("SELECT count(*) AS blocks FROM block")[0]["blocks"]
    }
}
