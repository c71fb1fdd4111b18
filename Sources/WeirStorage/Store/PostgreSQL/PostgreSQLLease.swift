import PostgreSQL
import WeirCluster
import WeirCore
import WeirWire

/// The lease of the leader among coordinators, in the database of their store, by its clock.
///
/// It has a connection of its own: it is prolonged also while a long transaction is stored. One thread uses it at a time.
public final class PostgreSQLLease: Sendable {
    private let settings: PostgreSQLSettings
    private let duration: Duration
    private let store: SQLStore
    /// Of this life of the process alone: another life of the same name is another holder.
    private let instance: String
    private let connection = ExclusiveState<PostgreSQLConnection?>(nil)

    /// - Parameters:
    ///   - settings: of the store, with the time that a question may take.
    ///   - instance: unlike that of any other process, at any time.
    ///   - duration: of the lease.
    public init(
        _ settings: PostgreSQLSettings,
        store: SQLStore,
        instance: String,
        duration: Duration
    ) {
        self.settings = settings
        self.store = store
        self.instance = instance
        self.duration = duration
    }

    /// Takes the lease, if it is free or its own.
    public func acquire(for holder: LeaseHolder) -> LeaseAnswer {
        ask { connection, deadline throws(PostgreSQLFailure) in
            let (known, isOwn) = try current(connection, deadline)
            if let known, !isOwn { return .held(known) }
            if !isOwn {
                let doing = "end what a leader before has under way"
                try connection.query(PostgreSQLStoreSchema.endDeposed, [], doing: doing, by: deadline) { _ in true }
            }
            let granted = try term(
                PostgreSQLStoreSchema.acquire,
                [.text(instance), .text(holder.name.text), .text(holder.url), SQLValue(duration.inMicroseconds)],
                connection,
                deadline
            )
            if let granted { return .granted(granted) }
            return .held(try current(connection, deadline).holder)
        }
    }

    /// Prolongs it.
    public func renew(_ term: Term) -> LeaseAnswer {
        ask { connection, deadline throws(PostgreSQLFailure) in
            let granted = try self.term(
                PostgreSQLStoreSchema.renew,
                [SQLValue(duration.inMicroseconds), SQLValue(term.value), .text(instance)],
                connection,
                deadline
            )
            if let granted { return .granted(granted) }
            return .held(try current(connection, deadline).holder)
        }
    }

    /// Gives it back. Where that fails, it ends by itself.
    public func release(_ term: Term) {
        _ = ask { connection, deadline throws(PostgreSQLFailure) in
            let parameters = [SQLValue(term.value), .text(instance)]
            _ = try self.term(PostgreSQLStoreSchema.release, parameters, connection, deadline)
            return .held(nil)
        }
    }

    public func close() { connection.use { $0 = nil } }

    // MARK: - Asking

    private typealias Deadline = ContinuousClock.Instant

    private func ask(
        _ question: (PostgreSQLConnection, Deadline) throws(PostgreSQLFailure) -> LeaseAnswer
    ) -> LeaseAnswer {
        do throws(StoreFailure) {
            try store.prepareOnce()
        } catch {
            return .failed(reason: error.description)
        }
        return connection.use { slot in
            do throws(PostgreSQLFailure) {
                let deadline = ContinuousClock.now + settings.timeout
                let connection: PostgreSQLConnection
                if let known = slot, known.isUsable {
                    connection = known
                } else {
                    slot = nil
                    connection = try PostgreSQLConnection(
                        settings,
                        name: "weir/lease",
                        parameters: [("search_path", settings.schema)],
                        by: deadline
                    )
                }
                slot = nil  // Until it has its answer.
                let answer = try question(connection, deadline)
                slot = connection
                return answer
            } catch {
                return .failed(reason: error.description)
            }
        }
    }

    private func term(
        _ statement: String,
        _ parameters: [SQLValue],
        _ connection: PostgreSQLConnection,
        _ deadline: Deadline
    ) throws(PostgreSQLFailure) -> Term? {
        var term: Term?
        try connection.query(statement, parameters, doing: "ask for the lease of the leader", by: deadline) { row in
            term = Term(row["term"])
            return true
        }
        return term
    }

    /// Who has the lease, and whether that is this process.
    private func current(
        _ connection: PostgreSQLConnection,
        _ deadline: Deadline
    ) throws(PostgreSQLFailure) -> (holder: LeaseHolder?, isOwn: Bool) {
        var holder: LeaseHolder?
        var isOwn = false
        try connection.query(PostgreSQLStoreSchema.holder, [], doing: "see who leads", by: deadline) { row in
            holder = NodeName(row["name"] as String).map { LeaseHolder(name: $0, url: row["url"]) }
            isOwn = row["holder"] == instance
            return true
        }
        return (holder, isOwn)
    }
}
