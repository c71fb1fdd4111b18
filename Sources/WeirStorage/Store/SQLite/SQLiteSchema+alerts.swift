extension SQLiteSchema {
    /// Alerts, and what was compacted. Stores of earlier versions get the tables when they are opened; those versions leave them alone.
    static let alerts = """
        CREATE TABLE IF NOT EXISTS compaction (inner_type INTEGER PRIMARY KEY, bound INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS alert_rule (
            rule TEXT PRIMARY KEY, subject TEXT NOT NULL, newest INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert (
            rule TEXT NOT NULL, has_group INTEGER NOT NULL, group_key TEXT NOT NULL, state TEXT NOT NULL, status BLOB NOT NULL,
            PRIMARY KEY (rule, has_group, group_key)
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS alert_transition (
            id INTEGER PRIMARY KEY, rule TEXT NOT NULL, group_key TEXT, from_state TEXT NOT NULL, to_state TEXT NOT NULL,
            cause TEXT NOT NULL, type INTEGER NOT NULL, start INTEGER NOT NULL, revision INTEGER NOT NULL, value REAL NOT NULL,
            at INTEGER NOT NULL
        );
        """
}
