/// A statement or a connection failed.
public struct PostgreSQLFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The server can't be reached, goes down, takes too long, or has no room: whoever asks later may have an answer.
        case unavailable
        /// Another transaction was in the way; the same statements may succeed at once.
        case conflict
        /// The server refused what was asked: a value, a right, a schema that is another's.
        case refused
    }

    public var kind: Kind
    /// `postgresql://HOST:PORT/DATABASE`.
    public var place: String
    /// What was being done.
    public var doing: String
    /// The server's message, or libpq's.
    public var message: String
    /// PostgreSQL's code of the error (manual, appendix A); nil for failures on the way.
    public var sqlState: String?
    /// Of the settings that lead there.
    public var names: PostgreSQLSettings.Names

    public init(
        kind: Kind,
        settings: PostgreSQLSettings,
        doing: String,
        message: String,
        sqlState: String? = nil
    ) {
        self.kind = kind
        place = settings.place
        names = settings.names
        self.doing = doing
        self.message = message
        self.sqlState = sqlState
    }

    public var description: String {
        let code = sqlState.map { " (SQLSTATE \($0))" } ?? ""
        return "\(doing) at \(place): \(message)\(code)\(advice)"
    }

    private var advice: String {
        switch sqlState {
        case nil: "; see that the server runs and can be reached"
        case "53100": "; free space on the server's disk"
        case "53300": "; the server has no connection left: raise max_connections, or run fewer nodes"
        case "57014": "; the server was slower than \(names.timeout)"
        case "28000", "28P01": "; check the user, pg_hba.conf, and the password (PGPASSWORD, PGPASSFILE or passfile=)"
        case "3D000": "; create the database, or name another in \(names.connection)"
        case "42501": "; grant the right: the user has to create, or to own, the schema"
        default: ""
        }
    }

    /// What an error of the server means for who asks (classes of SQLSTATE: PostgreSQL's manual, appendix A).
    static func kind(ofSQLState state: String) -> Kind {
        if state == "40001" || state == "40P01" || state == "55P03" { return .conflict }
        // Connection, insufficient resources, operator intervention (57P01 shutdown, 57014 timeout), system error, read-only standby.
        return ["08", "53", "57", "58"].contains { state.hasPrefix($0) } || state == "25006" ? .unavailable : .refused
    }
}
