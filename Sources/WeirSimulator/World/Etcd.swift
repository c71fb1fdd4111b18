import WeirCluster

/// What an election needs of etcd: keys with the revision that made them, on leases that end by etcd's own clock. Times are of that clock, in
/// microseconds.
///
/// A question is answered by all of it at once, as by a majority of members; what fails is the way there and back (``ServerLine``).
final class Etcd {
    /// What a backup holds.
    private struct Content {
        var cluster = 1
        /// Of the last change.
        var revision: Int64 = 1
        var keys: [String: Key] = [:]
        var leases: [String: Lease] = [:]
    }

    private struct Key {
        var candidate: Candidate
        var lease: String
        var createRevision: Int64
    }

    private struct Lease {
        var span: Int64
        var end: Int64
    }

    private var content = Content()
    private var backup = Content()
    /// Ids are never given twice, also not after a restoration.
    private var lastLease = 0
    private let clock: ProcessClock
    private unowned let world: World
    /// Whether it has ever lost what it had said: only the fence counts then.
    private(set) var hasForgotten = false

    init(_ world: World, clock: ProcessClock) {
        self.world = world
        self.clock = clock
    }

    /// - Parameter key: of the election.
    func answer(_ question: ElectionQuestion, key: String) -> ElectionAnswer {
        endLeases()
        switch question {
        case .look: return .ballot(ballot(key))
        case .grantLease:
            let span = Int64(ElectionMachine.leaseSeconds(of: .microseconds(world.scenario.leaderLease))) * 1_000_000
            lastLease += 1
            content.leases["\(lastLease)"] = Lease(span: span, end: now + span)
            return .granted(lease: "\(lastLease)")
        case .renewLease(let id):
            guard let lease = content.leases[id] else { return .renewed(false) }
            content.leases[id]!.end = now + lease.span
            return .renewed(true)
        case .revokeLease(let id):
            guard content.leases[id] != nil else { return .failed(reason: "lease \(id) not found") }
            end(id)
            return .done
        case .stand(let candidate, let lease):
            guard content.keys[key] == nil else { return .ballot(ballot(key)) }
            guard content.leases[lease] != nil else { return .failed(reason: "lease \(lease) not found") }
            content.revision += 1
            content.keys[key] = Key(candidate: candidate, lease: lease, createRevision: content.revision)
            return .ballot(ballot(key))
        case .check, .claim, .renewRow, .releaseRow: preconditionFailure("\(question) is for the store")
        }
    }

    private var now: Int64 { clock.reading(at: world.now).microseconds }

    private func ballot(_ key: String) -> Ballot {
        let winner = content.keys[key].map {
            Ballot.Winner(candidate: $0.candidate, lease: $0.lease, number: $0.createRevision)
        }
        return Ballot(cluster: "\(content.cluster)", winner: winner)
    }

    private func endLeases() {
        for id in content.leases.keys.sorted() where content.leases[id]!.end <= now { end(id) }
    }

    private func end(_ id: String) {
        content.leases[id] = nil
        for (key, held) in content.keys where held.lease == id { delete(key) }
    }

    private func delete(_ key: String) {
        content.keys[key] = nil
        content.revision += 1
    }

    // MARK: - Faults

    /// It starts again: leases get their whole time anew.
    func restart() {
        endLeases()
        for id in content.leases.keys { content.leases[id]!.end = now + content.leases[id]!.span }
    }

    /// An operator deletes every key.
    func deleteKeys() {
        endLeases()
        for key in content.keys.keys.sorted() { delete(key) }
        hasForgotten = true
    }

    func backUp() { backup = content }

    /// It is restored from the last backup, and counts again from there.
    ///
    /// - Parameter isNew: as another cluster.
    func restore(isNew: Bool) {
        let cluster = content.cluster
        content = backup
        content.cluster = isNew ? cluster + 1 : cluster
        hasForgotten = true
        restart()
    }
}
