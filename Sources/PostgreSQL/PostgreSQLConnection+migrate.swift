extension PostgreSQLConnection {
    /// Brings a schema to this version's tables, or makes it. Several may do so at once: one does, the others wait.
    ///
    /// - Parameter migrations: scripts in their order; the version of a schema is how many of them it has had.
    /// - Throws: also for a schema that a newer Weir has brought further.
    public func migrate(_ migrations: [String], by deadline: Instant) throws(PostgreSQLFailure) {
        let doing = "prepare the tables of schema \(settings.schema)"
        if try version(of: settings.schema, doing: doing, by: deadline) == migrations.count { return }
        try transaction(doing: doing, by: deadline) { () throws(PostgreSQLFailure) in
            // Bounded by statement_timeout, and free again at the end of the transaction.
            try run(
                "select pg_advisory_xact_lock(hashtext('weir'), hashtext($1))",
                [Array(settings.schema.utf8)],
                doing: doing,
                by: deadline
            )
            try run(
                script: """
                    create schema if not exists \(settings.schema);
                    create table if not exists \(settings.schema).migrations (
                        version integer primary key, applied_at timestamptz not null default now()
                    );
                    set local search_path to \(settings.schema);
                    """,
                doing: doing,
                by: deadline
            )
            let version = try version(of: settings.schema, doing: doing, by: deadline)
            guard version <= migrations.count else {
                throw PostgreSQLFailure(
                    kind: .refused,
                    settings: settings,
                    doing: doing,
                    message:
                        "it has version \(version) of a newer Weir, and this one knows \(migrations.count): "
                        + "run the newer one"
                )
            }
            for (index, migration) in migrations.enumerated().dropFirst(version) {
                try run(script: migration, doing: doing, by: deadline)
                try run(script: "insert into migrations (version) values (\(index + 1))", doing: doing, by: deadline)
            }
        }
    }

    /// 0 for a schema that is not there, or not Weir's.
    private func version(of schema: String, doing: String, by deadline: Instant) throws(PostgreSQLFailure) -> Int {
        let table = Array("\(schema).migrations".utf8)
        guard try run("select to_regclass($1)", [table], doing: doing, by: deadline).first?.first ?? nil != nil else {
            return 0
        }
        let rows = try run("select coalesce(max(version), 0) from \(schema).migrations", doing: doing, by: deadline)
        return (rows.first?.first ?? nil).flatMap { Int($0) } ?? 0
    }
}
