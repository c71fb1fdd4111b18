import CPostgreSQL

extension PostgreSQLConnection {
    /// Runs statements in one transaction and one exchange with the server, however many they are; all of them have their effect, or
    /// none has. Each text is prepared once a connection.
    ///
    /// - Throws: after a failure the connection is of no further use. It is not known whether the transaction was committed unless the
    ///   failure has an ``PostgreSQLFailure/sqlState``: then the server has said that it was not.
    public func commit(_ statements: [SQLStatement], doing: String, by deadline: Instant) throws(PostgreSQLFailure) {
        guard PQenterPipelineMode(handle) == 1 else { throw failure(.unavailable, doing) }
        try send("begin", [], doing)
        for statement in statements {
            let name = try prepare(statement.text, doing)
            for row in statement.rows { try send(prepared: name, row, doing) }
        }
        try send("commit", [], doing)
        guard PQpipelineSync(handle) == 1 else { throw failure(.unavailable, doing) }
        try flush(doing: doing, by: deadline)
        var refusal: PostgreSQLFailure?
        while true {
            // Nil stands between the results of two statements; the one of the synchronisation ends them all.
            guard let result = try nextResult(doing: doing, by: deadline) else {
                guard PQstatus(handle) == CONNECTION_OK else { throw failure(.unavailable, doing) }
                continue
            }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_PIPELINE_ABORTED: continue
            case PGRES_PIPELINE_SYNC:
                if let refusal { throw refusal }
                guard PQexitPipelineMode(handle) == 1 else { throw failure(.unavailable, doing) }
                return
            default: refusal = refusal ?? failure(of: result, doing)
            }
        }
    }

    private func prepare(_ text: String, _ doing: String) throws(PostgreSQLFailure) -> String {
        if let name = prepared[text] { return name }
        let name = "weir_\(prepared.count)"
        guard PQsendPrepare(handle, name, text, 0, nil) == 1 else { throw failure(.unavailable, doing) }
        prepared[text] = name
        return name
    }

    private func send(_ text: String, _ parameters: [SQLValue], _ doing: String) throws(PostgreSQLFailure) {
        let isSent = PostgreSQLParameters(parameters).withPointers { count, values, lengths, formats in
            PQsendQueryParams(handle, text, count, nil, values, lengths, formats, 1)
        }
        guard isSent == 1 else { throw failure(.unavailable, doing) }
    }

    private func send(prepared name: String, _ parameters: [SQLValue], _ doing: String) throws(PostgreSQLFailure) {
        let isSent = PostgreSQLParameters(parameters).withPointers { count, values, lengths, formats in
            PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1)
        }
        guard isSent == 1 else { throw failure(.unavailable, doing) }
    }

    /// Runs one statement, and tells its rows one by one; not all of them are in memory at a time.
    ///
    /// - Parameter body: false when it wants no more; those that are still to come are passed over.
    public func query(
        _ text: String,
        _ parameters: [SQLValue],
        doing: String,
        by deadline: Instant,
        _ body: (SQLRow) -> Bool
    ) throws(PostgreSQLFailure) {
        try send(text, parameters, doing)
        guard PQsetSingleRowMode(handle) == 1 else { throw failure(.unavailable, doing) }
        try flush(doing: doing, by: deadline)
        var columns: PostgreSQLColumns?
        var isWanted = true
        var refusal: PostgreSQLFailure?
        while let result = try nextResult(doing: doing, by: deadline) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK: continue
            case PGRES_SINGLE_TUPLE:
                guard isWanted else { continue }
                let known = columns ?? PostgreSQLColumns(of: result)
                columns = known
                isWanted = body(known.row(of: result))
            default: refusal = refusal ?? failure(of: result, doing)
            }
        }
        if let refusal { throw refusal }
    }
}
