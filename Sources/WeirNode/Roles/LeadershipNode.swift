import PostgreSQL
import Synchronization
import WeirCluster
import WeirConnectors
import WeirStorage
import WeirWire

/// What a coordinator is to do, in order.
enum LeadershipOrder: Sendable {
    case lead(Term)
    case stepDown(LeaseEnd)
    case follow(LeaseHolder?)
    case unreachable(reason: String)
}

/// The shell of a ``LeaseMachine``: its lease in the database, its clock. It runs on a thread of its own, so that the lease is prolonged
/// also while the coordinator is busy.
actor LeadershipNode {
    private let executor = ThreadExecutor(name: "leadership")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var machine: LeaseMachine
    private let lease: PostgreSQLLease
    private let name: NodeName
    private let began = ContinuousClock.now
    private var hasResigned = false
    private nonisolated let url = Mutex("")
    /// What the coordinator tells of its terms; one thing a term is of use.
    private nonisolated let reports: AsyncStream<LeaseInput>
    private nonisolated let report: AsyncStream<LeaseInput>.Continuation
    /// What the coordinator is to do. As many wait as there are changes of leadership while it is busy.
    nonisolated let orders: AsyncStream<LeadershipOrder>
    private nonisolated let order: AsyncStream<LeadershipOrder>.Continuation

    /// Reports that wait.
    private static let reportsMax = 16

    /// - Parameters:
    ///   - settings: of the store.
    ///   - name: of the coordinator.
    ///   - instance: of this life of its process: unlike that of any other.
    ///   - duration: of the lease.
    init(
        _ settings: PostgreSQLSettings,
        store: SQLStore,
        name: NodeName,
        instance: String,
        duration: Duration
    ) {
        self.name = name
        machine = LeaseMachine(duration: duration)
        lease = PostgreSQLLease(
            settings.with(timeout: min(settings.timeout, machine.renewDelay)),
            store: store,
            instance: instance,
            duration: duration
        )
        (reports, report) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.reportsMax))
        (orders, order) = AsyncStream.makeStream()
    }

    /// Says where others reach the coordinator.
    nonisolated func advertise(_ url: String) { self.url.withLock { $0 = url } }

    /// Runs until ``resign()``.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await input in self.reports { await self.receive(input) } }
            group.addTask { await self.keepTime() }
            await group.waitForAll()
        }
        lease.close()
    }

    /// Tells what became of a term.
    nonisolated func tell(_ input: LeaseInput) { report.yield(input) }

    /// Gives the lease back, so that another need not wait for its end.
    func resign() {
        receive(.resign)
        hasResigned = true
        report.finish()
        order.finish()
    }

    private func keepTime() async {
        await everyTick(of: executor) { tick() }
    }

    private func tick() -> TickOutcome {
        guard !hasResigned else { return .done }
        receive(.tick)
        return .goOn
    }

    /// Asks at once and on this thread: there is nothing else that it could do meanwhile.
    private func receive(_ input: LeaseInput) {
        var inputs = [input]
        while let next = inputs.popLast() {
            for effect in machine.receive(next, at: .now - began) {
                switch effect {
                case .acquire:
                    let holder = LeaseHolder(name: name, url: url.withLock { $0 })
                    inputs.append(.answered(lease.acquire(for: holder)))
                case .renew(let term): inputs.append(.answered(lease.renew(term)))
                case .release(let term): lease.release(term)
                case .lead(let term): order.yield(.lead(term))
                case .stepDown(let end): order.yield(.stepDown(end))
                case .follow(let leader): order.yield(.follow(leader))
                case .unreachable(let reason): order.yield(.unreachable(reason: reason))
                }
            }
        }
    }
}
