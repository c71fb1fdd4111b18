import Foundation
import PostgreSQL
import Testing
import WeirCluster
import WeirCore
import WeirStorage
import WeirTestSupport
import WeirWire

@testable import WeirNode

/// The election of the leader in a real etcd, for a store in a real PostgreSQL.
@Suite(
    .enabled(if: EtcdServer.isInstalled, Comment(rawValue: EtcdServer.hint)),
    .enabled(if: PostgreSQLServer.isInstalled, Comment(rawValue: PostgreSQLServer.hint))
)
struct EtcdLeaseTests {
    private let server: PostgreSQLServer
    private let etcd: EtcdServer

    init() async throws {
        server = try PostgreSQLServer()
        etcd = try await EtcdServer()
    }

    private static let prefix = "/weir/coordinators/"
    private static let key = EtcdLease.key(prefix: prefix)

    /// A coordinator, as far as leadership goes.
    private struct Candidate {
        let holder: LeaseHolder
        let store: SQLStore
        let lease: EtcdLease

        func acquire() async -> LeaseAnswer { await lease.acquire(for: holder) }
    }

    private func settings(schema: String = "weir_store", connection: String? = nil) throws -> PostgreSQLSettings {
        try PostgreSQLSettings(
            connection: connection ?? server.connection,
            schema: schema,
            timeout: .seconds(5),
            names: .coordinator
        )
    }

    private func store(_ settings: PostgreSQLSettings) throws -> SQLStore {
        try .postgreSQL(settings, node: "c", contract: Contract(), shards: 4)
    }

    private func gateway(
        at url: String? = nil,
        _ configuration: NodeConfiguration.Discovery = .init(),
        timeout: Duration = .seconds(5)
    ) throws -> EtcdGateway {
        try EtcdGateway([URL(string: url ?? etcd.url)!], configuration, timeout: timeout)
    }

    /// How etcd is asked as the user `weir`, whose password is in a file from here on.
    private func user(
        withPassword password: String,
        in folder: TemporaryDirectory
    ) throws -> NodeConfiguration.Discovery {
        var configuration = NodeConfiguration.Discovery()
        configuration.etcdUser = "weir"
        configuration.etcdPasswordFile = folder.path + "/password"
        try password.write(toFile: folder.path + "/password", atomically: true, encoding: .utf8)
        return configuration
    }

    private func candidate(
        _ name: String,
        at url: String? = nil,
        connection: String? = nil,
        _ configuration: NodeConfiguration.Discovery = .init(),
        prefix: String = prefix,
        schema: String = "weir_store",
        duration: Duration = .seconds(30),
        timeout: Duration = .seconds(5)
    ) throws -> Candidate {
        let settings = try settings(schema: schema, connection: connection)
        let store = try store(settings)
        let instance = UUID().uuidString
        return Candidate(
            holder: LeaseHolder(name: NodeName(name)!, url: "tcp://\(name):7700"),
            store: store,
            lease: EtcdLease(
                try gateway(at: url, configuration, timeout: timeout),
                row: PostgreSQLLease(
                    settings.with(timeout: timeout),
                    store: store,
                    instance: instance,
                    duration: duration
                ),
                key: EtcdLease.key(prefix: prefix),
                instance: instance,
                duration: duration
            )
        )
    }

    /// A lease in the database alone.
    private func row(_ instance: String) throws -> (lease: PostgreSQLLease, holder: LeaseHolder) {
        let settings = try settings()
        let lease = PostgreSQLLease(settings, store: try store(settings), instance: instance, duration: .seconds(30))
        return (lease, LeaseHolder(name: NodeName(instance)!, url: "tcp://\(instance):7700"))
    }

    private func counting(_ count: Int) -> StoreTransaction {
        var transaction = StoreTransaction()
        transaction.tally = Tally()
        transaction.tally!.counted = count
        return transaction
    }

    @Test func whoIsElectedLeadsUntilItGivesTheLeaseBack() async throws {
        let (a, b) = (try candidate("a"), try candidate("b"))
        #expect(await a.acquire() == .granted(Term(1)))
        #expect(await b.acquire() == .held(a.holder))
        #expect(await a.lease.renew(Term(1)) == .granted(Term(1)))
        #expect(await a.acquire() == .granted(Term(2)), "its own, in a new term")
        #expect(await a.lease.renew(Term(1)) == .held(a.holder))
        await a.lease.release(Term(2))
        #expect(await b.acquire() == .granted(Term(3)))
        #expect(await a.lease.renew(Term(2)) == .held(nil))
        #expect(await a.acquire() == .held(b.holder))
    }

    @Test func ofManyThatStandAtOnceOneIsElected() async throws {
        let all = try (0..<6).map { try candidate("c\($0)") }
        let answers = await withTaskGroup(of: LeaseAnswer.self) { group in
            for candidate in all {
                let candidate = Unchecked(value: candidate)
                group.addTask { await candidate.value.acquire() }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.filter { $0 == .granted(Term(1)) }.count == 1, "\(answers)")
        #expect(answers.allSatisfy { if case .failed = $0 { false } else { true } }, "\(answers)")
    }

    @Test func whoseLeaseInEtcdHasEndedIsDeposedAndItsTransactionsAreRefused() async throws {
        let (a, b) = (try candidate("a"), try candidate("b"))
        #expect(await a.acquire() == .granted(Term(1)))
        a.store.lead(Term(1))
        try a.store.apply(counting(1))
        let gateway = try gateway()
        try await gateway.revokeLease(#require(try await gateway.ballot(Self.key).winner).lease)
        try a.store.apply(counting(2))  // Nobody else leads yet.
        #expect(await b.acquire() == .granted(Term(2)))
        b.store.lead(Term(2))
        let failure = #expect(throws: StoreFailure.self) { try a.store.apply(counting(99)) }
        guard case .deposed = failure else {
            Issue.record("not deposed: \(failure.map(String.init(describing:)) ?? "")")
            return
        }
        #expect(await a.lease.renew(Term(1)) == .held(nil))
        #expect(try b.store.snapshot().tally.counted == 2)
    }

    @Test func aTakeoverEndsATransactionThatStandsStill() async throws {
        let (a, b) = (try candidate("a"), try candidate("b"))
        #expect(await a.acquire() == .granted(Term(1)))
        let session = try server.session()
        try session.send("begin; select weir_store.hold_term(1);")
        let idle = "select count(*) from pg_stat_activity where state = 'idle in transaction'"
        try server.awaitThat("the transaction holds its lock") { try server.query(idle) == ["1"] }
        #expect(await b.acquire() == .held(a.holder))
        #expect(try server.query(idle) == ["1"], "while the lease lasts nobody ends what its holder does")
        let gateway = try gateway()
        try await gateway.revokeLease(#require(try await gateway.ballot(Self.key).winner).lease)
        // By the database's clock the lease has half a minute to go: that of etcd counts.
        #expect(await b.acquire() == .granted(Term(2)))
        #expect(try server.query(idle) == ["0"])
    }

    @Test func aRestartOfEtcdChangesNothing() async throws {
        let (a, b) = (try candidate("a"), try candidate("b"))
        #expect(await a.acquire() == .granted(Term(1)))
        etcd.crash()
        guard case .failed(let reason) = await a.lease.renew(Term(1)) else {
            Issue.record("prolonged without etcd")
            return
        }
        #expect(reason.contains("gives no answer"), "\(reason)")
        try await etcd.start()
        #expect(await a.lease.renew(Term(1)) == .granted(Term(1)))
        #expect(await b.acquire() == .held(a.holder))
    }

    @Test func aLeaderWhoseTokenIsNoLongerGoodLeadsOnInItsTerm() async throws {
        let file = try TemporaryDirectory()
        let configuration = try user(withPassword: "sesame", in: file)
        try etcd.secure(user: "weir", password: "sesame", prefix: String(Self.prefix.dropLast()))
        let (a, b) = (try candidate("a", configuration), try candidate("b", configuration))
        #expect(await a.acquire() == .granted(Term(1)))
        #expect(await b.acquire() == .held(a.holder))
        // Two ways in which tokens end. The second needs the new password, which is read when it is needed.
        etcd.crash()
        try await etcd.start()
        #expect(await a.lease.renew(Term(1)) == .granted(Term(1)))
        #expect(await b.acquire() == .held(a.holder))
        try etcd.change("weir", password: "simsim")
        _ = try user(withPassword: "simsim", in: file)
        #expect(await a.lease.renew(Term(1)) == .granted(Term(1)))
        #expect(await b.acquire() == .held(a.holder))
        #expect(await a.acquire() == .granted(Term(2)), "its own, in a new term")
        await a.lease.release(Term(2))
        #expect(await b.acquire() == .granted(Term(3)))
    }

    @Test func whoMayNotWriteTheElectionsKeyDoesNotStandAndSaysWhatToGrant() async throws {
        let file = try TemporaryDirectory()
        let configuration = try user(withPassword: "sesame", in: file)
        // With the slash: the coordinators' keys, and not that of the election.
        try etcd.secure(user: "weir", password: "sesame", prefix: Self.prefix)
        guard case .failed(let reason) = try await candidate("a", configuration).acquire() else {
            Issue.record("it leads")
            return
        }
        #expect(reason.contains("the user weir may not read and write the key /weir/coordinators-leader"), "\(reason)")
        #expect(reason.contains("grant-permission ROLE readwrite /weir/coordinators-leader"), "\(reason)")
    }

    @Test func whoCanNotReachTheStoreDoesNotStandAndIfItLedMakesRoom() async throws {
        let outside = try candidate("outside", connection: "host=/nowhere dbname=postgres user=weir")
        let a = try candidate("a")
        let gateway = try gateway()
        guard case .failed = await outside.acquire() else {
            Issue.record("elected without the store")
            return
        }
        #expect(try await gateway.ballot(Self.key).winner == nil)
        #expect(await a.acquire() == .granted(Term(1)))
        server.crash()
        guard case .failed = await a.lease.renew(Term(1)), case .failed = await a.acquire() else {
            Issue.record("it leads without the store")
            return
        }
        #expect(try await gateway.ballot(Self.key).winner == nil)
        try server.start()
        #expect(try await candidate("b").acquire() == .granted(Term(2)))
    }

    @Test func twoClustersInOneEtcdHaveElectionsOfTheirOwn() async throws {
        let (a, b) = (
            try candidate("a", prefix: "/one/", schema: "one"), try candidate("b", prefix: "/two/", schema: "two")
        )
        #expect(await a.acquire() == .granted(Term(1)))
        #expect(await b.acquire() == .granted(Term(1)))
        // Nor is the election's key among those of the coordinators.
        #expect(try await gateway().values(under: "/one/").isEmpty)
    }

    @Test func whoClaimsTheStoreLateDeposesNobody() async throws {
        let a = try candidate("a")
        #expect(await a.acquire() == .granted(Term(1)))
        let stored = try server.query("select election || '|' || revision from weir_store.leadership")
        let parts = try #require(stored.first).split(separator: "|").map(String.init)
        let number = try #require(Int64(parts[1]))
        let (late, holder) = try row("late")
        let mandate = { Mandate(election: parts[0], number: $0) }
        #expect(late.claim(mandate(number - 1), for: holder) == .outdated(by: number))
        #expect(late.claim(mandate(number), for: holder) == .outdated(by: number), "the number is another's")
        #expect(await a.lease.renew(Term(1)) == .granted(Term(1)))
        #expect(late.claim(mandate(number + 1), for: holder) == .answered(.granted(Term(2))))
    }

    @Test func anEtcdThatWasRestoredFromABackupCountsAnewAndElectsAllTheSame() async throws {
        let (a, b) = (try candidate("a"), try candidate("b"))
        #expect(await a.acquire() == .granted(Term(1)))
        await a.lease.release(Term(1))
        try server.query("update weir_store.leadership set revision = 1000000")
        #expect(await b.acquire() == .granted(Term(2)))
        #expect(await b.lease.renew(Term(2)) == .granted(Term(2)))
        #expect(await a.acquire() == .held(b.holder))
    }

    @Test func coordinatorsThatElectDifferentlySayWhoLeadsAndWait() async throws {
        let a = try candidate("a")
        let (inDatabase, holder) = try row("b")
        func expectRefusal(_ answer: LeaseAnswer, leader: String) {
            guard case .failed(let reason) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(reason.contains("\(leader) at tcp://\(leader):7700 leads"), "\(reason)")
            #expect(reason.contains("coordinator.leader_lease"), "\(reason)")
        }
        #expect(await a.acquire() == .granted(Term(1)))
        expectRefusal(inDatabase.acquire(for: holder), leader: "a")
        expectRefusal(try await candidate("c", prefix: "/other/").acquire(), leader: "a")
        // From one to the other and back, terms grow.
        await a.lease.release(Term(1))
        #expect(inDatabase.acquire(for: holder) == .granted(Term(2)))
        expectRefusal(await a.acquire(), leader: "b")
        #expect(try await gateway().ballot(Self.key).winner == nil, "it does not stand in nobody's way")
        inDatabase.release(Term(2))
        #expect(await a.acquire() == .granted(Term(3)))
    }

    @Test func aStoreFromBeforeElectionsInEtcdGoesOnWithItsTerms() async throws {
        _ = try candidate("a")
        try server.query(
            """
            alter table weir_store.leadership drop column election, drop column revision;
            update weir_store.leadership set term = 7;
            delete from weir_store.migrations where version > 1
            """
        )
        #expect(try await candidate("b").acquire() == .granted(Term(8)))
    }

    /// Both with their clocks, one cut off from etcd and not from the database.
    @Test func aLeaderThatIsCutOffFromEtcdStepsDownBeforeAnotherLeads() async throws {
        let relay = try Relay(to: etcd.port)
        func node(_ name: String, at url: String) throws -> LeadershipNode {
            let timeout = LeaseMachine(duration: ElectionMachine.holdingTime(of: .seconds(2))).renewDelay
            // It has the lease to itself from here on.
            nonisolated(unsafe) let lease = try candidate(name, at: url, duration: .seconds(2), timeout: timeout).lease
            return LeadershipNode(lease, name: NodeName(name)!, expired: { _ in })
        }
        let (a, b) = (try node("a", at: relay.url), try node("b", at: etcd.url))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await a.run() }
            var ofA = a.orders.makeAsyncIterator()
            guard case .lead(Term(1)) = await ofA.next() else { throw Unexpected() }
            group.addTask { await b.run() }
            var ofB = b.orders.makeAsyncIterator()
            guard case .follow(let leader) = await ofB.next(), leader?.name == NodeName("a") else { throw Unexpected() }
            let cutAt = ContinuousClock.now
            relay.cut()
            guard case .unreachable = await ofA.next() else { throw Unexpected() }
            guard case .stepDown(.expired) = await ofA.next() else { throw Unexpected() }
            let steppedDownAt = ContinuousClock.now
            // Nobody is known to lead in between, or it is at once.
            var order = await ofB.next()
            if case .follow(nil) = order { order = await ofB.next() }
            guard case .lead(Term(2)) = order else { throw Unexpected() }
            #expect(steppedDownAt < .now)
            #expect(.now - cutAt < .seconds(10))
            relay.heal()
            // It has said meanwhile, as a standby, that it can't ask.
            repeat { order = await ofA.next() } while order?.isUnreachable == true
            guard case .follow(let next) = order, next?.name == NodeName("b") else { throw Unexpected() }
            // In order: the other leads at once.
            await b.resign()
            guard case .lead(Term(3)) = await ofA.next() else { throw Unexpected() }
            await a.resign()
            try await group.waitForAll()
        }
    }

    private struct Unexpected: Error {}

    /// Each is used by one task.
    private struct Unchecked<Value>: @unchecked Sendable { let value: Value }
}

extension LeadershipOrder {
    fileprivate var isUnreachable: Bool { if case .unreachable = self { true } else { false } }
}
