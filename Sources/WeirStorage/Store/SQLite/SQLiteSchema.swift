/// The tables of the coordinator's store. Times are microseconds since 1970: event times of windows, wall clock elsewhere.
enum SQLiteSchema {
    static let statements = """
        CREATE TABLE cluster (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            format INTEGER NOT NULL,
            contract TEXT NOT NULL,
            shards INTEGER NOT NULL,
            pane_ms INTEGER NOT NULL,
            epoch INTEGER NOT NULL DEFAULT 0,
            watermark INTEGER
        );
        CREATE TABLE epoch_worker (
            position INTEGER PRIMARY KEY, worker TEXT NOT NULL, incarnation INTEGER NOT NULL, url TEXT NOT NULL
        );
        CREATE TABLE epoch_shard (shard INTEGER PRIMARY KEY, owner INTEGER NOT NULL);
        CREATE TABLE drained_node (name TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE epoch_position (
            ingest TEXT NOT NULL, shard INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (ingest, shard)
        ) WITHOUT ROWID;
        CREATE TABLE worker_progress (worker TEXT PRIMARY KEY, commit_number INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE worker_input (
            worker TEXT NOT NULL, ingest TEXT NOT NULL, sequence INTEGER NOT NULL, newest INTEGER, is_idle INTEGER NOT NULL,
            PRIMARY KEY (worker, ingest)
        ) WITHOUT ROWID;
        CREATE TABLE tally (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE window (
            id INTEGER PRIMARY KEY,
            type INTEGER NOT NULL,
            start INTEGER NOT NULL,
            state TEXT NOT NULL,
            revision INTEGER NOT NULL,
            aggregate BLOB,
            record TEXT,
            intent_id TEXT,
            UNIQUE (type, start)
        );
        CREATE INDEX window_open ON window (type, start) WHERE state IN ('pending', 'processing');
        CREATE INDEX window_pane ON window (start) WHERE type = 0 AND aggregate IS NOT NULL;
        CREATE TABLE window_transition (
            id INTEGER PRIMARY KEY, type INTEGER NOT NULL, start INTEGER NOT NULL, revision INTEGER NOT NULL,
            from_state TEXT, to_state TEXT NOT NULL, cause TEXT NOT NULL, at INTEGER NOT NULL
        );
        CREATE TABLE intent (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            correlation_id TEXT NOT NULL,
            type INTEGER NOT NULL,
            start INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            available_at INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            json TEXT NOT NULL
        );
        CREATE INDEX intent_state ON intent (state, number);
        CREATE TABLE intent_result (
            id INTEGER PRIMARY KEY, intent_id TEXT NOT NULL, attempt INTEGER NOT NULL, executor TEXT NOT NULL,
            executed_at INTEGER NOT NULL, success INTEGER NOT NULL, error TEXT, duration_us INTEGER NOT NULL
        );
        CREATE INDEX intent_result_intent ON intent_result (intent_id);
        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY AUTOINCREMENT, ingest TEXT NOT NULL, sequence INTEGER NOT NULL, line INTEGER NOT NULL,
            reason TEXT NOT NULL, detail TEXT NOT NULL, bytes BLOB NOT NULL, stored_at INTEGER NOT NULL
        );
        """

    /// From format 1, which knew owners of shards by rendezvous hashing alone, and nothing of the lives of workers.
    static let from1 = """
        ALTER TABLE epoch_worker ADD COLUMN incarnation INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE epoch_worker ADD COLUMN url TEXT NOT NULL DEFAULT '';
        CREATE TABLE epoch_shard (shard INTEGER PRIMARY KEY, owner INTEGER NOT NULL);
        CREATE TABLE drained_node (name TEXT PRIMARY KEY) WITHOUT ROWID;
        UPDATE cluster SET format = 2;
        """

    /// What operators ask for beside what the machine takes up. Stores of earlier versions get them when they are opened; those versions
    /// leave them alone.
    static let additions = """
        CREATE INDEX IF NOT EXISTS window_transition_window ON window_transition (type, start);
        CREATE INDEX IF NOT EXISTS intent_window ON intent (type, start, revision);
        CREATE TABLE IF NOT EXISTS epoch_history (
            epoch INTEGER PRIMARY KEY, began_at INTEGER NOT NULL, workers TEXT NOT NULL, owners BLOB NOT NULL
        );
        CREATE TABLE IF NOT EXISTS contribution (
            type INTEGER NOT NULL, start INTEGER NOT NULL, epoch INTEGER NOT NULL, worker TEXT NOT NULL,
            first_commit INTEGER NOT NULL, last_commit INTEGER NOT NULL, commits INTEGER NOT NULL, events INTEGER NOT NULL,
            PRIMARY KEY (type, start, epoch, worker)
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS contribution_input (
            type INTEGER NOT NULL, start INTEGER NOT NULL, epoch INTEGER NOT NULL, worker TEXT NOT NULL, ingest TEXT NOT NULL,
            first_frame INTEGER NOT NULL, last_frame INTEGER NOT NULL,
            PRIMARY KEY (type, start, epoch, worker, ingest)
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS quarantine_replay (id INTEGER PRIMARY KEY, at INTEGER NOT NULL);
        """
}
