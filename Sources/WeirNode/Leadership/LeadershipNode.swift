import Synchronization
import WeirCluster
import WeirConnectors
import WeirWire

/// What a coordinator is to do, in order.
enum LeadershipOrder: Sendable {
    case lead(Term)
    case stepDown(LeaseEnd)
    case follow(LeaseHolder?)
    case unreachable(reason: String)
}

/// The shell of a ``LeaseMachine``: its lease, its clock. It runs on a thread of its own, so that the lease is prolonged also while the
/// coordinator is busy.
actor LeadershipNode {
    private let executor = ThreadExecutor(name: "leadership")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var machine: LeaseMachine
    private let lease: any LeaderLease
    private let name: NodeName
    private let expired: @Sendable (Term) -> Void
    private let began = ContinuousClock.now
    private var hasResigned = false
    /// Questions that were put, and have no answer yet.
    private var openQuestions = 0
    private nonisolated let questions: AsyncStream<Question>
    private nonisolated let question: AsyncStream<Question>.Continuation
    private nonisolated let url = Mutex("")
    /// What the coordinator tells of its terms; one thing a term is of use.
    private nonisolated let reports: AsyncStream<LeaseInput>
    private nonisolated let report: AsyncStream<LeaseInput>.Continuation
    /// What the coordinator is to do. As many wait as there are changes of leadership while it is busy.
    nonisolated let orders: AsyncStream<LeadershipOrder>
    private nonisolated let order: AsyncStream<LeadershipOrder>.Continuation

    /// Reports that wait.
    private static let reportsMax = 16

    /// What the lease is asked, one after the other. The machine has one question under way at a time, and gives up no more than one term.
    private enum Question {
        case acquire
        case renew(Term)
        case release(Term)
    }

    /// - Parameters:
    ///   - name: of the coordinator.
    ///   - expired: is told of a term whose lease has ended, before the coordinator is, which may be waiting for the store in it.
    init(_ lease: sending any LeaderLease, name: NodeName, expired: @escaping @Sendable (Term) -> Void) {
        self.name = name
        self.expired = expired
        machine = LeaseMachine(duration: lease.holdingTime)
        self.lease = lease
        (questions, question) = AsyncStream.makeStream()
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
            group.addTask { for await question in self.questions { await self.ask(question) } }
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
        endQuestions()
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

    private func receive(_ input: LeaseInput) {
        let term = machine.term
        for effect in machine.receive(input, at: .now - began) {
            if let term, case .stepDown(.expired) = effect { expired(term) }
            switch effect {
            case .acquire: put(.acquire)
            case .renew(let term): put(.renew(term))
            case .release(let term): put(.release(term))
            case .lead(let term): order.yield(.lead(term))
            case .stepDown(let end): order.yield(.stepDown(end))
            case .follow(let leader): order.yield(.follow(leader))
            case .unreachable(let reason): order.yield(.unreachable(reason: reason))
            }
        }
    }

    private func put(_ question: Question) {
        openQuestions += 1
        self.question.yield(question)
    }

    /// What a database is asked is waited for on this thread; while etcd is, time goes on for the machine.
    private func ask(_ question: Question) async {
        switch question {
        case .acquire:
            let holder = LeaseHolder(name: name, url: url.withLock { $0 })
            receive(.answered(await lease.acquire(for: holder)))
        case .renew(let term): receive(.answered(await lease.renew(term)))
        case .release(let term): await lease.release(term)
        }
        openQuestions -= 1
        endQuestions()
    }

    /// After the resignation nothing is asked but what was on its way, and what follows from that.
    private func endQuestions() {
        if hasResigned, openQuestions == 0 { question.finish() }
    }
}
