import Dispatch
import GRDB
import GRDBSQLite
import Synchronization

/// Moves what lies in the write-ahead log of an SQLite file into the file, beside the writer.
///
/// SQLite does that within the commit that makes the log 1000 pages long: two more syncs, 25 to 50 ms where a commit takes 3, for
/// which the windows of that commit wait. Here a connection of its own does it (a passive checkpoint, which waits for nobody and holds
/// nobody up). A log that grows faster than that is moved by its writer, as SQLite would.
final class SQLiteCheckpointer: Sendable {
    /// Length of the log from which on it is moved, in pages of 4 KiB: SQLite's own.
    private static let pagesMax = 1000
    /// Length from which on the writer moves it: 64 MiB.
    private static let writersPagesMax = 16 << 10

    private let path: String
    private let queue = DispatchQueue(label: "weir-store checkpoint")
    /// Pages in the log after the last commit.
    private let pages = Atomic(0)
    private let isAtWork = Atomic(false)
    private let isStopped = Atomic(false)
    /// Of the queue alone, opened when it is first needed.
    private let connection = Mutex<DatabaseQueue?>(nil)

    init(path: String) { self.path = path }

    /// Takes the place of SQLite's own checkpoints on a connection. The checkpointer must outlive it.
    func attach(to db: Database) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            db.sqliteConnection,
            { this, connection, name, pages in
                let checkpointer = Unmanaged<SQLiteCheckpointer>.fromOpaque(this!).takeUnretainedValue()
                checkpointer.pages.store(Int(pages), ordering: .relaxed)
                if pages >= SQLiteCheckpointer.writersPagesMax {
                    // A failure costs nothing: the log goes on growing, and the next commit tries again.
                    sqlite3_wal_checkpoint_v2(connection, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
                }
                return SQLITE_OK
            },
            this
        )
    }

    /// To be called after a commit. Returns at once.
    func noteCommit() {
        guard pages.load(ordering: .relaxed) >= Self.pagesMax,
            !isAtWork.exchange(true, ordering: .acquiringAndReleasing)
        else { return }
        queue.async { [self] in
            defer { isAtWork.store(false, ordering: .releasing) }
            guard !isStopped.load(ordering: .acquiring) else { return }
            // As above: what fails here is tried again, and a disk that fails fails the commits too, which tell.
            try? checkpoint()
        }
    }

    private func checkpoint() throws {
        try connection.withLock { connection in
            let open = try connection ?? DatabaseQueue(path: path)
            connection = open
            try open.writeWithoutTransaction { db in _ = try db.checkpoint(.passive) }
        }
    }

    /// Returns when what was begun is done.
    func finish() { queue.sync {} }

    /// Returns when nothing is at work any more, and nothing will be.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        finish()
        try? connection.withLock { connection in
            try connection?.close()
            connection = nil
        }
    }
}
