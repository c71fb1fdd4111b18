import Foundation
import WeirCluster
import WeirStorage
import WeirWire

/// The lease of the leader among coordinators, in etcd: a key that hangs on a lease of etcd. Its holder claims the store's row of the leadership
/// with the key's number, which gives it a term, and prolongs both: who can't write the store leads nobody.
///
/// That the key is held decides who tries, as a lease in the database does; every transaction is still fenced by the term, in the database.
final class EtcdLease: LeaderLease {
    private let gateway: EtcdGateway
    private let row: PostgreSQLLease
    private let key: String
    /// Of this life of the process alone.
    private let instance: String
    private let duration: Duration
    /// Of etcd, on which the own key hangs, or is to hang; nil for none.
    private var lease: String?

    /// - Parameters:
    ///   - row: the lease in the store, of the same instance and duration.
    ///   - key: of the election; one for each cluster.
    ///   - duration: of the lease; etcd counts whole seconds, and is asked for the next one.
    init(_ gateway: EtcdGateway, row: PostgreSQLLease, key: String, instance: String, duration: Duration) {
        self.gateway = gateway
        self.row = row
        self.key = key
        self.instance = instance
        self.duration = duration
    }

    /// The key of a cluster's election: beside the coordinators' keys, and not among them.
    static func key(prefix: String) -> String { "\(prefix.dropLast())-leader" }

    /// A tenth less than etcd was asked for, and counted from before it was: for clocks that go at different speeds.
    var holdingTime: Duration { Self.holdingTime(of: duration) }

    static func holdingTime(of duration: Duration) -> Duration { duration * 9 / 10 }

    /// What the key holds.
    private struct Candidate: Codable {
        var name: String
        var url: String
        var instance: String

        var holder: LeaseHolder? { NodeName(name).map { LeaseHolder(name: $0, url: url) } }
    }

    nonisolated(nonsending) func acquire(for holder: LeaseHolder) async -> LeaseAnswer {
        let answer: LeaseAnswer
        do throws(DiscoveryFailure) {
            answer = try await stand(holder)
        } catch {
            answer = .failed(reason: error.description)
        }
        if case .granted = answer { return answer }
        // Who can't lead, as the store is out of its reach, makes room for who can.
        await withdraw()
        return answer
    }

    nonisolated(nonsending) func renew(_ term: Term) async -> LeaseAnswer {
        do throws(DiscoveryFailure) {
            guard let lease, try await gateway.renewLease(lease) else {
                self.lease = nil
                return .held(nil)
            }
            return row.renew(term)
        } catch {
            return .failed(reason: error.description)
        }
    }

    nonisolated(nonsending) func release(_ term: Term) async {
        await withdraw()
        row.release(term)
    }

    func close() { row.close() }

    // MARK: - Election

    private nonisolated(nonsending) func stand(_ holder: LeaseHolder) async throws(DiscoveryFailure) -> LeaseAnswer {
        let before = try await gateway.ballot(key)
        let election = "etcd \(before.cluster), key \(key)"
        if let obstacle = row.obstacle(in: election) { return obstacle }
        if let winner = before.winner {
            let candidate = candidate(winner)
            guard candidate?.instance == instance else { return .held(candidate?.holder) }
            // Its own, also when the answer that said so was lost.
            lease = winner.lease
        }
        let lease = try await heldLease()
        let own = Candidate(name: holder.name.text, url: holder.url, instance: instance)
        let value = String(decoding: RegistryClient.encoded(own), as: UTF8.self)
        let after = try await gateway.stand(key, value, lease: lease)
        guard let winner = after.winner, winner.lease == lease, after.cluster == before.cluster else {
            return .held(after.winner.flatMap { candidate($0)?.holder })
        }
        return try await claim(Mandate(election: election, number: winner.number), winner, holder)
    }

    private nonisolated(nonsending) func claim(
        _ mandate: Mandate,
        _ winner: EtcdGateway.Ballot.Winner,
        _ holder: LeaseHolder
    ) async throws(DiscoveryFailure) -> LeaseAnswer {
        switch row.claim(mandate, for: holder) {
        case .answered(let answer): return answer
        case .outdated(let claimed):
            // Either another was elected since, or etcd was restored from a backup, and counts anew what it had counted before. When the
            // key is still this one's after the other number was seen, no later winner can have claimed with that.
            guard try await gateway.ballot(key).winner == winner else { return .held(nil) }
            if case .answered(let answer) = row.claim(mandate, for: holder, overruling: claimed) { return answer }
            return .held(nil)
        }
    }

    /// Nil for what no coordinator has written.
    private func candidate(_ winner: EtcdGateway.Ballot.Winner) -> Candidate? {
        try? JSONDecoder().decode(Candidate.self, from: Data(winner.value.utf8))
    }

    /// The lease that there is, prolonged, or a new one.
    private nonisolated(nonsending) func heldLease() async throws(DiscoveryFailure) -> String {
        if let lease, try await gateway.renewLease(lease) { return lease }
        lease = nil
        let seconds = Int((duration / .seconds(1)).rounded(.up))
        let lease = try await gateway.grantLease(seconds: seconds)
        self.lease = lease
        return lease
    }

    /// Gives the key up, if it has it. Where that fails, its lease ends by itself.
    private nonisolated(nonsending) func withdraw() async {
        guard let lease else { return }
        self.lease = nil
        try? await gateway.revokeLease(lease)
    }
}
