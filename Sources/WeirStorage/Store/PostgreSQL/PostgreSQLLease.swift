import PostgreSQL
import WeirCluster
import WeirCore
import WeirWire

/// The lease of the leader among coordinators, in the database of their store, by its clock.
///
/// It has a connection of its own: it is prolonged also while a long transaction is stored. One thread uses it at a time.
///
/// Where the election is elsewhere, who was elected there claims the row with its number: that, and not the election, is what transactions are
/// fenced by.
public final class PostgreSQLLease: LeaderLease, Sendable {
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

    public var holdingTime: Duration { duration }

    /// Takes the lease, if it is free or its own.
    public func acquire(for holder: LeaseHolder) -> LeaseAnswer {
        ask { connection, deadline throws(PostgreSQLFailure) in
            let (known, isOwn, election) = try current(connection, deadline)
            if let known, !isOwn {
                if let problem = mixture(election, PostgreSQLStoreSchema.ownElection, known) { return problem }
                return .held(known)
            }
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

    // MARK: - Elected elsewhere

    /// Whether a coordinator can be a candidate in an election elsewhere: nil, or why not: the database gives no answer, or a leader that was
    /// elected otherwise has its lease.
    public func obstacle(in election: String) -> LeaseAnswer? {
        let answer = ask { connection, deadline throws(PostgreSQLFailure) in
            let (known, isOwn, other) = try current(connection, deadline)
            guard let known, !isOwn, let problem = mixture(other, election, known) else { return .held(nil) }
            return problem
        }
        return answer == .held(nil) ? nil : answer
    }

    /// Takes the lease for who was elected elsewhere.
    ///
    /// - Parameters:
    ///   - mandate: of the asker.
    ///   - overruled: a number of which the asker has found out that it is not of this election's history: nil for none.
    public func claim(_ mandate: Mandate, for holder: LeaseHolder, overruling overruled: Int64? = nil) -> ClaimAnswer {
        var claimed: Int64?
        let answer = ask { connection, deadline throws(PostgreSQLFailure) in
            let asked = [
                .text(instance), .text(mandate.election), SQLValue(mandate.number), SQLValue(overruled),
            ]
            let doing = "end what a leader before has under way"
            try connection.query(PostgreSQLStoreSchema.endOutvoted, asked, doing: doing, by: deadline) { _ in true }
            let details = [.text(holder.name.text), .text(holder.url), SQLValue(duration.inMicroseconds)]
            if let term = try term(PostgreSQLStoreSchema.claim, asked + details, connection, deadline) {
                return .granted(term)
            }
            try connection.query(
                PostgreSQLStoreSchema.claimed,
                [.text(mandate.election)],
                doing: "see who leads",
                by: deadline
            ) { row in
                claimed = row["revision"]
                return true
            }
            return .held(try current(connection, deadline).holder)
        }
        if let claimed, case .held = answer { return .outdated(by: claimed) }
        return .answered(answer)
    }

    /// What is wrong when a leader was elected otherwise; nil when it was not.
    private func mixture(_ other: String, _ own: String, _ leader: LeaseHolder) -> LeaseAnswer? {
        guard other != own else { return nil }
        return .failed(
            reason:
                "\(leader.name) at \(leader.url) leads, and was elected by \(other), while this one is to be elected by \(own); give all "
                + "coordinators of a store the same coordinator.leader_lease, and with etcd the same discovery.etcd and discovery.etcd_prefix; "
                + "this one waits until that one's lease is over"
        )
    }

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

    /// Who has the lease, whether that is this process, and by which election.
    private func current(
        _ connection: PostgreSQLConnection,
        _ deadline: Deadline
    ) throws(PostgreSQLFailure) -> (holder: LeaseHolder?, isOwn: Bool, election: String) {
        var holder: LeaseHolder?
        var isOwn = false
        var election = PostgreSQLStoreSchema.ownElection
        try connection.query(PostgreSQLStoreSchema.holder, [], doing: "see who leads", by: deadline) { row in
            holder = NodeName(row["name"] as String).map { LeaseHolder(name: $0, url: row["url"]) }
            isOwn = row["holder"] == instance
            election = row["election"]
            return true
        }
        return (holder, isOwn, election)
    }
}
