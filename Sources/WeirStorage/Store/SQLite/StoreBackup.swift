import Foundation
import GRDB

/// Copies of a coordinator's store: made while it is in use, checked, and put back.
public enum StoreBackup {
    /// What a copy holds.
    public struct Summary: Sendable, Equatable {
        public var contract: String
        public var shards: Int
        public var epoch: Int64
        /// Microseconds since 1970.
        public var watermark: Int64?
        public var windows: Int
        public var intents: Int
        public var bytes: Int
    }

    /// Copies a store to a new file by SQLite's online backup: one moment of it, whole, also while a node writes. The copy is checked
    /// before it gets its name.
    ///
    /// - Throws: when there is a file of that name already.
    public static func make(of store: String, at destination: String) throws(StoreFailure) -> Summary {
        try requireFile(store, "open the store")
        guard !FileManager.default.fileExists(atPath: destination) else {
            throw .database(
                path: destination,
                doing: "write the backup",
                reason: "there is a file of that name already"
            )
        }
        let partial = destination + ".partial"
        try? FileManager.default.removeItem(atPath: partial)  // Of a backup that was broken off.
        do {
            try copy(store, to: partial)
            let summary = try check(partial)
            try synchronize(partial)
            try FileManager.default.moveItem(atPath: partial, toPath: destination)
            return summary
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            if let failure = error as? StoreFailure { throw failure }
            throw .database(path: destination, doing: "write the backup", reason: "\(error)")
        }
    }

    private static func copy(_ store: String, to partial: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        let source = try DatabaseQueue(path: store, configuration: configuration)
        let copy = try DatabaseQueue(path: partial)
        try source.backup(to: copy)
        // One file, without a log beside it.
        try copy.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA journal_mode = DELETE") }
        try copy.close()
        try source.close()
    }

    /// Checks that a file is a store, and sound.
    public static func check(_ path: String) throws(StoreFailure) -> Summary {
        try requireFile(path, "open the backup")
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let database = try DatabaseQueue(path: path, configuration: configuration)
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            return try database.read { db in
                let findings = try String.fetchAll(db, sql: "PRAGMA integrity_check")
                guard findings == ["ok"] else {
                    let text = findings.prefix(3).joined(separator: "; ")
                    throw StoreFailure.corrupt(place: .file(path), what: "the file", reason: text)
                }
                guard try db.tableExists("cluster"),
                    let row = try Row.fetchOne(
                        db,
                        sql: "SELECT format, contract, shards, epoch, watermark FROM cluster"
                    )
                else {
                    throw StoreFailure.corrupt(place: .file(path), what: "the file", reason: "it is no store of Weir")
                }
                guard (row["format"] as Int) <= StoreIdentity.format else {
                    throw StoreFailure.newerFormat(
                        place: .file(path),
                        found: row["format"],
                        supported: StoreIdentity.format
                    )
                }
                return Summary(
                    contract: row["contract"],
                    shards: row["shards"],
                    epoch: row["epoch"],
                    watermark: row["watermark"],
                    windows: try Int.fetchOne(db, sql: "SELECT count(*) FROM window") ?? 0,
                    intents: try Int.fetchOne(db, sql: "SELECT count(*) FROM intent") ?? 0,
                    bytes: size
                )
            }
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw .corrupt(place: .file(path), what: "the file", reason: "\(error)")
        }
    }

    /// Puts a backup in the place of a store, which nobody may have open. What was there is kept beside it, as
    /// `NAME.before-restore`.
    public static func restore(_ backup: String, to store: String) throws(StoreFailure) -> Summary {
        let summary = try check(backup)
        let files = FileManager.default
        let (partial, kept) = (store + ".partial", store + ".before-restore")
        do {
            try? files.removeItem(atPath: partial)
            try files.copyItem(atPath: backup, toPath: partial)
            try synchronize(partial)
            for suffix in ["", "-wal", "-shm"] {
                try? files.removeItem(atPath: kept + suffix)
                if files.fileExists(atPath: store + suffix) {
                    try files.moveItem(atPath: store + suffix, toPath: kept + suffix)
                }
            }
            try files.moveItem(atPath: partial, toPath: store)
            return summary
        } catch {
            throw .database(path: store, doing: "put the backup in place", reason: "\(error)")
        }
    }

    private static func requireFile(_ path: String, _ doing: String) throws(StoreFailure) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw .database(path: path, doing: doing, reason: "there is no such file")
        }
    }

    private static func synchronize(_ path: String) throws {
        let handle = try FileHandle(forUpdating: URL(filePath: path))
        try handle.synchronize()
        try handle.close()
    }
}
