import WeirCluster
import WeirStorage

/// The shell of an ``ElectionMachine``: etcd, and the row of the leadership in the store.
final class EtcdLease: LeaderLease {
    private let gateway: EtcdGateway
    private let row: PostgreSQLLease
    private let key: String
    private let duration: Duration
    private var machine: ElectionMachine

    /// - Parameters:
    ///   - row: the lease in the store, of the same instance and duration.
    ///   - key: of the election; one for each cluster.
    ///   - instance: unlike that of any other process, at any time.
    ///   - duration: of the lease; etcd counts whole seconds, and is asked for the next one.
    init(_ gateway: EtcdGateway, row: PostgreSQLLease, key: String, instance: String, duration: Duration) {
        self.gateway = gateway
        self.row = row
        self.key = key
        self.duration = duration
        machine = ElectionMachine(key: key, instance: instance)
    }

    /// The key of a cluster's election: beside the coordinators' keys, and not among them.
    static func key(prefix: String) -> String { "\(prefix.dropLast())-leader" }

    var holdingTime: Duration { ElectionMachine.holdingTime(of: duration) }

    nonisolated(nonsending) func acquire(for holder: LeaseHolder) async -> LeaseAnswer {
        await finish(machine.acquire(for: holder))
    }

    nonisolated(nonsending) func renew(_ term: Term) async -> LeaseAnswer { await finish(machine.renew(term)) }

    nonisolated(nonsending) func release(_ term: Term) async { _ = await finish(machine.release(term)) }

    func close() { row.close() }

    private nonisolated(nonsending) func finish(_ first: ElectionStep) async -> LeaseAnswer {
        var step = first
        while true {
            switch step {
            case .finished(let answer): return answer
            case .ask(let question): step = machine.take(await answer(question))
            }
        }
    }

    private nonisolated(nonsending) func answer(_ question: ElectionQuestion) async -> ElectionAnswer {
        do throws(DiscoveryFailure) {
            switch question {
            case .look: return .ballot(try await gateway.ballot(key))
            case .grantLease:
                return .granted(
                    lease: try await gateway.grantLease(seconds: ElectionMachine.leaseSeconds(of: duration))
                )
            case .renewLease(let lease): return .renewed(try await gateway.renewLease(lease))
            case .revokeLease(let lease):
                try await gateway.revokeLease(lease)
                return .done
            case .stand(let candidate, let lease): return .ballot(try await gateway.stand(key, candidate, lease: lease))
            case .check(let election): return .checked(obstacle: row.obstacle(in: election))
            case .claim(let mandate, let holder, let overruled):
                return .claimed(row.claim(mandate, for: holder, overruling: overruled))
            case .renewRow(let term): return .row(row.renew(term))
            case .releaseRow(let term):
                row.release(term)
                return .done
            }
        } catch {
            return .failed(reason: error.description)
        }
    }
}
