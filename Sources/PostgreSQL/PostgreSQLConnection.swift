import CPostgreSQL
import Glibc

/// One connection to a PostgreSQL server, of one thread, which waits for the server's answers; never beyond a deadline. After a
/// failure that is not the server's refusal it is of no further use.
public final class PostgreSQLConnection {
    public typealias Instant = ContinuousClock.Instant

    let handle: OpaquePointer
    let settings: PostgreSQLSettings
    private let givesUp: @Sendable () -> String?
    /// How often it is asked whether it gives up.
    private static let givesUpInterval = Duration.milliseconds(100)
    /// Statements that the server has prepared, with their names there; see ``run(_:doing:by:)``.
    var prepared: [String: String] = [:]

    /// Connects, with bounds on the server's side too: it gives up a statement or a transaction that its client has given up.
    ///
    /// - Parameters:
    ///   - name: what the server shows in `pg_stat_activity`.
    ///   - parameters: of the server, for this session, beside those bounds.
    ///   - givesUp: why nobody waits for answers any more, whatever the deadline; nil while somebody does. Asked every 100 ms of waiting, also for what
    ///     the connection is used for later.
    public init(
        _ settings: PostgreSQLSettings,
        name: String,
        parameters: [(name: String, value: String)] = [],
        by deadline: Instant,
        givesUp: @escaping @Sendable () -> String? = { nil }
    ) throws(PostgreSQLFailure) {
        let milliseconds = max(1, settings.timeout / .milliseconds(1))
        let options =
            "-c statement_timeout=\(Int(milliseconds)) -c idle_in_transaction_session_timeout=\(Int(milliseconds))"
            // Notices would go to standard error; nobody waits for them.
            + " -c client_min_messages=error"
            + parameters.map { " -c \($0.name)=\($0.value)" }.joined()
        let keywords = ["dbname", "fallback_application_name", "client_encoding", "options"]
        let values = [settings.connection, name, "UTF8", options]
        let connecting = Self.withCStrings(keywords) { keywords in
            // 1: the first value is a whole string of options, which those after it complete.
            Self.withCStrings(values) { PQconnectStartParams(keywords, $0, 1) }
        }
        guard let handle = connecting else {
            throw PostgreSQLFailure(
                kind: .unavailable,
                settings: settings,
                doing: "connect",
                message: "no memory is left"
            )
        }
        self.handle = handle
        self.settings = settings
        self.givesUp = givesUp
        // From here on a throw runs `deinit`, which ends the connection.
        guard PQstatus(handle) != CONNECTION_BAD else { throw failure(.unavailable, "connect") }
        var step = PGRES_POLLING_WRITING
        while step != PGRES_POLLING_OK {
            try wait(for: step == PGRES_POLLING_READING ? POLLIN : POLLOUT, by: deadline, "connect")
            step = PQconnectPoll(handle)
            if step == PGRES_POLLING_FAILED { throw failure(.unavailable, "connect") }
        }
        PQsetnonblocking(handle, 1)
    }

    deinit { PQfinish(handle) }

    /// Whether the server is there, as far as is known without asking it, and no transaction is left open.
    public var isUsable: Bool { isConnected && PQtransactionStatus(handle) == PQTRANS_IDLE }

    private var isConnected: Bool { PQstatus(handle) == CONNECTION_OK }

    /// Runs one statement with parameters `$1`, …, and gives its rows as text.
    ///
    /// - Parameter doing: what it is for, in errors.
    @discardableResult
    public func run(
        _ statement: String,
        _ parameters: [[UInt8]] = [],
        doing: String,
        by deadline: Instant
    ) throws(PostgreSQLFailure) -> [[String?]] {
        let isSent = Self.withCStrings(bytes: parameters) {
            PQsendQueryParams(handle, statement, Int32(parameters.count), nil, $0, nil, nil, 0)
        }
        guard isSent == 1 else { throw failure(.unavailable, doing) }
        return try rows(doing: doing, by: deadline)
    }

    /// Runs statements that have no parameters, all or none of them, and expects no rows.
    public func run(script: String, doing: String, by deadline: Instant) throws(PostgreSQLFailure) {
        guard PQsendQuery(handle, script) == 1 else { throw failure(.unavailable, doing) }
        _ = try rows(doing: doing, by: deadline)
    }

    /// Runs statements in one transaction; none of them has an effect if one fails.
    public func transaction<Value>(
        doing: String,
        by deadline: Instant,
        _ body: () throws(PostgreSQLFailure) -> Value
    ) throws(PostgreSQLFailure) -> Value {
        try run("begin", doing: doing, by: deadline)
        let value: Value
        do throws(PostgreSQLFailure) {
            value = try body()
        } catch {
            // A connection that failed has rolled back, or the server will, when it notices.
            if isConnected, error.kind != .unavailable { _ = try? run("rollback", doing: doing, by: deadline) }
            throw error
        }
        try run("commit", doing: doing, by: deadline)
        return value
    }

    /// Sends all that is to be sent, and reads meanwhile, so that neither side waits for the other.
    func flush(doing: String, by deadline: Instant) throws(PostgreSQLFailure) {
        while true {
            let unsent = PQflush(handle)
            guard unsent >= 0 else { throw failure(.unavailable, doing) }
            if unsent == 0 { return }
            try wait(for: POLLIN | POLLOUT, by: deadline, doing)
            guard PQconsumeInput(handle) == 1 else { throw failure(.unavailable, doing) }
        }
    }

    /// The next result, awaited; nil at the end of a command's. Who takes it clears it.
    func nextResult(doing: String, by deadline: Instant) throws(PostgreSQLFailure) -> OpaquePointer? {
        while PQisBusy(handle) == 1 {
            try wait(for: POLLIN, by: deadline, doing)
            guard PQconsumeInput(handle) == 1 else { throw failure(.unavailable, doing) }
        }
        return PQgetResult(handle)
    }

    private func rows(doing: String, by deadline: Instant) throws(PostgreSQLFailure) -> [[String?]] {
        try flush(doing: doing, by: deadline)
        var rows: [[String?]] = []
        var refusal: PostgreSQLFailure?
        while let result = try nextResult(doing: doing, by: deadline) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK: rows += Self.rows(of: result)
            case PGRES_COMMAND_OK: break
            default: refusal = refusal ?? failure(of: result, doing)
            }
        }
        if let refusal { throw refusal }
        return rows
    }

    private static func rows(of result: OpaquePointer) -> [[String?]] {
        (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { column in
                PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
            }
        }
    }

    /// Waits until the socket is ready. At the deadline, or where nobody waits any more, the connection is to be given up, as an answer may
    /// still come.
    private func wait(for events: Int32, by deadline: Instant, _ doing: String) throws(PostgreSQLFailure) {
        while true {
            let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
            guard left > 0 else { throw failure(.unavailable, doing, "no answer in time") }
            if let reason = givesUp() { throw failure(.unavailable, doing, "no answer before \(reason)") }
            let slice = min(left.rounded(.up), Self.givesUpInterval / .milliseconds(1))
            var entry = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
            let ready = poll(&entry, 1, Int32(slice))
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw failure(.unavailable, doing, String(cString: strerror(errno))) }
        }
    }

    func failure(_ kind: PostgreSQLFailure.Kind, _ doing: String, _ message: String? = nil) -> PostgreSQLFailure {
        PostgreSQLFailure(
            kind: kind,
            settings: settings,
            doing: doing,
            message: message ?? Self.line(String(cString: PQerrorMessage(handle)))
        )
    }

    func failure(of result: OpaquePointer, _ doing: String) -> PostgreSQLFailure {
        func field(_ code: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        // The codes are libpq's PG_DIAG_SQLSTATE, PG_DIAG_MESSAGE_PRIMARY and PG_DIAG_MESSAGE_DETAIL.
        let state = field("C")
        let parts = [field("M"), field("D")].compactMap { $0 }
        let text = parts.isEmpty ? String(cString: PQresultErrorMessage(result)) : parts.joined(separator: ": ")
        return PostgreSQLFailure(
            kind: state.map(PostgreSQLFailure.kind(ofSQLState:)) ?? .unavailable,
            settings: settings,
            doing: doing,
            message: Self.line(text),
            sqlState: state
        )
    }

    /// On one line, as logs and results of intents want it.
    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0 == "\t" || $0 == " " } }.joined(
            separator: "; "
        )
    }

    private static func withCStrings<Value>(
        _ texts: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
    ) -> Value {
        withCStrings(bytes: texts.map { Array($0.utf8) }, body)
    }

    /// A list of C strings that ends with a null.
    private static func withCStrings<Value>(
        bytes texts: [[UInt8]],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
    ) -> Value {
        var all: [CChar] = []
        var offsets: [Int] = []
        for text in texts {
            offsets.append(all.count)
            for byte in text { all.append(CChar(bitPattern: byte)) }
            all.append(0)
        }
        return all.withUnsafeBufferPointer { all in
            let pointers = offsets.map { offset in all.baseAddress.map { $0 + offset } } + [nil]
            return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }  // It holds at least the null.
        }
    }
}
