import Testing
import WeirCluster
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirStorage

/// What a store in PostgreSQL does when the server or another coordinator is in its way.
@Suite(.enabled(if: PostgreSQLServer.isInstalled, Comment(rawValue: PostgreSQLServer.hint)))
struct PostgreSQLStoreTests {
    private let stores: StoreFixture
    private let server: PostgreSQLServer

    init() throws {
        stores = try StoreFixture(.postgresql)
        server = try #require(stores.server)
    }

    /// A transaction that counts so many events.
    private func counting(_ count: Int) -> StoreTransaction {
        var transaction = StoreTransaction()
        transaction.tally = Tally()
        transaction.tally!.counted = count
        return transaction
    }

    private func counted() throws -> Int { try stores.look().snapshot().tally.counted }

    /// The store as its coordinator has it in a new term.
    private func lead(_ store: SQLStore) throws -> Int? {
        guard case .granted(let term) = try stores.lease(of: store).acquire(for: StoreFixture.holder) else {
            return nil
        }
        store.lead(term)
        return try store.snapshot().tally.counted
    }

    @Test func theLeaseIsOfOneUntilItEndsOrIsGivenBack() throws {
        let store = try stores.look()
        let (first, second) = (try stores.lease(of: store), try stores.lease(of: store, duration: .milliseconds(300)))
        #expect(first.acquire(for: StoreFixture.holder) == .granted(Term(1)))
        #expect(second.acquire(for: StoreFixture.holder) == .held(StoreFixture.holder))
        #expect(second.renew(Term(1)) == .held(StoreFixture.holder), "it is not its own")
        #expect(first.renew(Term(1)) == .granted(Term(1)))
        #expect(first.acquire(for: StoreFixture.holder) == .granted(Term(2)), "its own, in a new term")
        #expect(first.renew(Term(1)) == .held(StoreFixture.holder))
        first.release(Term(2))
        #expect(second.acquire(for: StoreFixture.holder) == .granted(Term(3)))
        #expect(first.renew(Term(2)) != .granted(Term(2)))
        // By the database's clock it ends by itself.
        var answer = first.acquire(for: StoreFixture.holder)
        let end = ContinuousClock.now + .seconds(30)
        while answer != .granted(Term(4)), ContinuousClock.now < end {
            answer = first.acquire(for: StoreFixture.holder)
        }
        #expect(answer == .granted(Term(4)))
    }

    @Test func ofManyThatAskAtOnceOneIsGrantedTheLease() async throws {
        let store = try stores.look()
        let leases = try (0..<8).map { _ in try stores.lease(of: store) }
        let answers = await withTaskGroup(of: LeaseAnswer.self) { group in
            for lease in leases { group.addTask { lease.acquire(for: StoreFixture.holder) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.filter { $0 == .granted(Term(1)) }.count == 1)
        #expect(answers.filter { $0 == .held(StoreFixture.holder) }.count == 7)
    }

    /// A process that is frozen, or whose host is cut off, would hold its transaction for hours.
    @Test func aTakeoverEndsATransactionThatStandsStill() throws {
        let store = try stores.open()
        try store.apply(counting(1))
        let term = try #require(try server.query("select term from weir_store.leadership").first)
        let session = try server.session()
        try session.send(
            "begin; select weir_store.hold_term(\(term)); update weir_store.tally set count = 2 where name = 'counted';"
        )
        try server.awaitThat("the transaction holds its lock") {
            try server.query("select count(*) from pg_stat_activity where state = 'idle in transaction'") == ["1"]
        }
        let other = try stores.lease(of: store)
        #expect(other.acquire(for: StoreFixture.holder) == .held(StoreFixture.holder))
        #expect(
            try server.query("select count(*) from pg_stat_activity where state = 'idle in transaction'") == ["1"],
            "while the lease lasts nobody ends what its holder does"
        )
        try server.query("update weir_store.leadership set expires_at = '-infinity'")
        guard case .granted(let next) = other.acquire(for: StoreFixture.holder) else {
            Issue.record("the lease was not granted")
            return
        }
        #expect(next > Term(Int64(term)!))
        #expect(try store.snapshot().tally.counted == 1, "what stood still is undone before the next reads")
        #expect(throws: StoreFailure.self) { try store.apply(counting(3)) }
    }

    @Test func whoHasBeenDeposedCanNotWriteAndIsTold() throws {
        let first = try stores.open()
        try first.apply(counting(1))
        let second = try stores.open()
        let failure = #expect(throws: StoreFailure.self) { try first.apply(counting(99)) }
        guard case .deposed = failure else {
            Issue.record("not deposed: \(failure.map(String.init(describing:)) ?? "")")
            return
        }
        try second.apply(counting(2))
        #expect(throws: StoreFailure.self) { try first.apply(counting(98)) }
        #expect(try second.snapshot().tally.counted == 2)
    }

    /// Whether a commit whose answer did not come in time is stored is decided when the next term begins.
    @Test func whatIsUnknownIsDecidedBeforeTheStoreIsReadAgain() throws {
        try stores.open().apply(counting(1))
        // The server takes about as long as the coordinator waits.
        try server.query(
            """
            create function weir_store.linger() returns trigger language plpgsql as $$
            begin perform pg_sleep(0.95); return new; end $$;
            create constraint trigger linger after update on weir_store.tally deferrable initially deferred
            for each row when (new.count = 2) execute function weir_store.linger();
            """
        )
        for _ in 0..<3 {
            try? stores.open(timeout: .seconds(1)).apply(counting(2))
            let next = try stores.open(timeout: .seconds(5))
            let stored = try next.snapshot().tally.counted
            #expect(stored == 1 || stored == 2)
            #expect(try next.snapshot().tally.counted == stored)
            try next.apply(counting(1))
        }
    }

    @Test func aServerThatCrashesIsUsedAgainWhenItIsBack() throws {
        let store = try stores.open()
        try store.apply(counting(1))
        server.crash()
        let failure = #expect(throws: StoreFailure.self) { try store.apply(counting(2)) }
        guard case .server(let reason) = failure else {
            Issue.record("\(failure.map(String.init(describing:)) ?? "")")
            return
        }
        #expect(reason.kind == .unavailable && "\(reason)".contains("see that the server runs"), "\(reason)")
        #expect(throws: StoreFailure.self) { try store.snapshot() }
        #expect(throws: StoreFailure.self) { try store.lastEmission() }
        try server.start()
        #expect(try store.lastEmission() == 0)
        try server.query("update weir_store.leadership set expires_at = '-infinity'")
        let stored = try #require(try lead(store))
        try store.apply(counting(stored + 1))
        #expect(try counted() == stored + 1)
    }

    @Test func aServerThatHangsIsGivenUpInTimeAndWhatIsStoredIsTheTruth() throws {
        let store = try stores.open(timeout: .seconds(1))
        try store.apply(counting(1))
        server.pause()
        let failure = #expect(throws: StoreFailure.self) { try store.apply(counting(2)) }
        #expect(failure.map { "\($0)".contains("no answer in time") } == true)
        server.resume()
        try server.query("update weir_store.leadership set expires_at = '-infinity'")
        var stored: Int?
        while stored == nil { stored = try lead(store) }
        // Whatever became of the commit, it does not change any more.
        try store.apply(counting(stored! + 10))
        #expect(try counted() == stored! + 10)
    }

    /// The time for a transaction may be longer than the lease, which another takes when it is over.
    @Test func whoseTermIsOverWaitsForTheServerNoLonger() async throws {
        let store = try stores.look(timeout: .seconds(600))
        let counted = try #require(try lead(store))
        let session = try server.session()
        try session.send("begin; lock table weir_store.tally in access exclusive mode;")
        try server.awaitThat("the table is locked") {
            try server.query("select 1 from pg_stat_activity where state = 'idle in transaction'") == ["1"]
        }
        let transaction = counting(counted + 1)
        let waiting = Task.detached { () -> String in
            do throws(StoreFailure) {
                try store.apply(transaction)
                return "it was stored"
            } catch {
                return "\(error)"
            }
        }
        try server.awaitThat("the transaction waits") {
            try server.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'") == ["1"]
        }
        store.end(Term(1))
        #expect(await waiting.value.contains("no answer before the lease of the leader was over"))
        #expect(throws: StoreFailure.self, "nor does whoever comes later") { try store.snapshot() }
        try session.send("rollback;")
        try server.query("update weir_store.leadership set expires_at = '-infinity'")
        var stored: Int?
        try server.awaitThat("it leads again") {
            stored = try lead(store)
            return stored != nil
        }
        try store.apply(counting(stored! + 1))
        #expect(try self.counted() == stored! + 1)
    }

    /// Who takes up a large store needs longer for what it has read than a writer may stand still.
    @Test func theServerWaitsForWhoReadsLongerThanForWhoWrites() throws {
        let store = try stores.open()
        let limit =
            "SELECT extract(epoch FROM current_setting('idle_in_transaction_session_timeout')::interval)::bigint AS s"
        var seconds: Int?
        try store.read("look") { reader in
            try reader.each(limit, []) { row in
                seconds = row["s"]
                return true
            }
        }
        #expect(try #require(seconds) >= 60)
    }

    @Test func aDeadlockIsTriedAgainAndAFullDiskIsNamed() throws {
        let store = try stores.open()
        try server.query(
            """
            create sequence weir_store.tries;
            create function weir_store.fail() returns trigger language plpgsql as $$
            begin
                if new.count = 7 and nextval('weir_store.tries') < 3 then
                    raise exception 'deadlock detected' using errcode = '40P01';
                end if;
                if new.count = 8 then raise exception 'No space left on device' using errcode = '53100'; end if;
                return new;
            end $$;
            create trigger fail before insert or update on weir_store.tally for each row execute function weir_store.fail();
            """
        )
        try store.apply(counting(7))
        let failure = #expect(throws: StoreFailure.self) { try store.apply(counting(8)) }
        #expect(failure.map { "\($0)".contains("free space on the server's disk") } == true)
        #expect(try store.snapshot().tally.counted == 7)
    }

    @Test func aTransactionIsOneExchangeHoweverLongItIs() throws {
        let store = try stores.open()
        var transaction = counting(5)
        for number in 0..<2000 {
            let start = EventTime(microseconds: Int64(number) * 5_000_000)
            transaction.windows.append(
                WindowRow(
                    window: Window(type: .streaming, start: start),
                    state: .pending,
                    revision: 0,
                    aggregate: WindowAggregate(limits: Contract().aggregation).encoded
                )
            )
        }
        try store.apply(transaction)
        #expect(try store.snapshot().openWindows.count == 2000)
    }

    @Test func severalMayMakeTheTablesAtOnce() async throws {
        let stores = Unchecked(value: self.stores)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 { group.addTask { _ = try stores.value.look() } }
            try await group.waitForAll()
        }
        #expect(try server.query("select count(*) from weir_store.cluster") == ["1"])
    }

    /// The fixture only hands out what can be shared.
    private struct Unchecked: @unchecked Sendable { let value: StoreFixture }
}
