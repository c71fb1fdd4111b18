import WeirCluster
import WeirCore
import WeirWire

/// A cluster in one thread: the real machines on a virtual clock, network and disks, driven by one seed.
final class World {
    /// The database of the coordinators' store, where several share it.
    static let storeName = NodeName("store")!
    /// In which they elect their leader, where they do.
    static let etcdName = NodeName("etcd")!

    let scenario: Scenario
    let isTraced: Bool
    let sabotage: Sabotage
    var random: SplitMix64
    /// Virtual time since the start, in microseconds.
    private(set) var now: Int64 = 0
    private var queue = EventQueue()
    var statistics = SimulationStatistics()
    private(set) var violation: (invariant: String, detail: String)?
    private(set) var trace: [String] = []
    private(set) var steps = 0

    // MARK: What outlives processes

    let events: EventPool
    let store: MemoryStore
    private(set) var etcd: Etcd!
    var disks: [NodeName: JournalDisk] = [:]

    private(set) var network: Network!
    private(set) var ledger: Ledger!
    private(set) var invariants: Invariants!

    // MARK: Processes; nil while one is down

    var coordinators: [NodeName: CoordinatorShell?] = [:]
    var ingests: [NodeName: IngestShell?] = [:]
    var workers: [NodeName: WorkerShell?] = [:]
    var executors: [NodeName: ExecutorShell?] = [:]
    /// Older processes with the name of a worker that has started again elsewhere.
    var twins: [WorkerShell] = []
    private(set) var producers: [Producer] = []
    private var operators: Operator!
    /// Lives of coordinators.
    var coordinatorLives = 0
    var lastWorker = 0
    var lastIngest = 0
    var lastExecutor = 0
    var lives = 0

    // MARK: Faults

    var isHealed = false
    var storeFailsUntil: Int64 = 0
    /// By server that coordinators share.
    var slowUntil: [NodeName: Int64] = [:]
    /// Until then etcd is down, or stands still.
    var etcdDownUntil: Int64 = 0
    /// The coordinator that stays cut off from store or etcd when all other faults end.
    var cutOff: NodeName?
    var losesNextCommit = false
    var sinkFailsUntil: Int64 = 0

    /// Virtual time within which a cluster without faults must have committed, closed and carried out everything.
    static let patience: Int64 = 180_000_000
    /// Lines of trace that are kept before a violation.
    static let traceMax = 400

    init(_ scenario: Scenario, plantedBug: PlantedBug? = nil, isTraced: Bool = false) {
        self.scenario = scenario
        self.isTraced = isTraced
        sabotage = Sabotage(plantedBug)
        random = SplitMix64(seed: scenario.seed)
        events = EventPool(seed: scenario.seed, workflows: scenario.workflows, keys: scenario.keys)
        store = MemoryStore(
            contract: scenario.contract,
            checksTerm: sabotage.checksTerm,
            checksNumber: sabotage.checksNumber
        )
        network = Network(self, scenario.network)
        ledger = Ledger(self)
        invariants = Invariants(self)
        store.fault = { [unowned self] in drawStoreFault() }
        store.termBegan = { [unowned self] in invariants.termBegan($0) }
        etcd = Etcd(self, clock: scenario.isElectedInEtcd ? drawClock() : ProcessClock(at: 0, offset: 0, rate: 1))
        for number in 1...scenario.coordinators {
            coordinators[NodeName(number == 1 ? "coordinator" : "coordinator-\(number)")!] = .some(nil)
        }
        for name in coordinatorNames { startCoordinator(name) }
        for _ in 0..<scenario.ingests { addIngest() }
        for _ in 0..<scenario.workers { addWorker() }
        for _ in 0..<scenario.executors { addExecutor() }
        statistics.nodesAdded = 0
        for (number, profile) in scenario.producers.enumerated() {
            producers.append(Producer(self, number: number + 1, profile: profile))
        }
        operators = Operator(self)
        scheduleFault()
    }

    // MARK: - Time

    func schedule(at time: Int64, _ action: @escaping () -> Void) {
        queue.add(at: max(now, time), action)
    }

    /// Runs to the end, or to the first broken invariant.
    func run() {
        advance { now >= self.scenario.duration }
        if violation == nil {
            heal()
            finish()
        }
        statistics.time = now
        queue.removeAll()
    }

    private func advance(until isDone: () -> Bool) {
        while violation == nil, !isDone(), let next = queue.next() {
            now = next.time
            steps += 1
            next.action()
        }
    }

    /// Brings the stream to its end, and compares.
    private func finish() {
        let deadline = now + Self.patience
        operators.undrainAll()
        // Long enough for every ingest to be known again: a flush waits for those that are.
        let settled = now + 7_000_000
        advance { now > settled }
        operators.undrainAll()
        advance { now > deadline || producers.allSatisfy(\.isDone) }
        if !producers.allSatisfy(\.isDone) {
            fail(
                "the run ends",
                "producers still wait for acknowledgements \(Self.patience / 1_000_000) s after the last fault\n\(waits)"
            )
        }
        // A flush right after a restart must know of every ingest as well.
        if random.chance(0.3) { crashCoordinator(for: random.span(1000...100_000)) }
        operators.flushUntilDone()
        advance { now > deadline || operators.isFlushed }
        if violation == nil, !operators.isFlushed {
            fail(
                "the run ends",
                "the flush has no answer \(Self.patience / 1_000_000) s after the last fault\n\(waits)"
            )
        }
        if violation == nil { invariants.finish() }
    }

    /// What everyone waits for, for a run that does not end.
    private var waits: String {
        var lines = coordinatorNames.map { "\($0): \(coordinators[$0]!?.machine?.waitSummary ?? "down or standby")" }
        for name in ingestNames { lines.append("\(name): \(ingests[name]!?.machine.streamSummary ?? "down")") }
        for name in workers.keys.sorted() {
            guard let machine = workers[name]!?.machine else { continue }
            lines.append("\(name): epoch \(machine.epoch.value), \(machine.waitSummary)")
        }
        return lines.joined(separator: "\n")
    }

    // MARK: - Draws

    func drawClock() -> ProcessClock {
        let offset = scenario.clockOffsetMax == 0 ? 0 : random.span(1...scenario.clockOffsetMax)
        return ProcessClock(
            at: now,
            offset: random.chance(0.5) ? offset : -offset,
            rate: 1 + (random.chance(0.5) ? scenario.clockDrift : -scenario.clockDrift)
        )
    }

    private func drawStoreFault() -> MemoryStore.StoreFault {
        guard !isHealed else { return .none }
        guard now < storeFailsUntil || random.chance(scenario.storeFailure) else { return .none }
        return random.chance(0.3) ? .failsAfterwards : .fails
    }

    /// How long something is held up on its way to or from a server that coordinators share, in microseconds.
    func drawHoldUp(_ server: NodeName) -> Int64 {
        guard let end = slowUntil[server], now < end, random.chance(0.5) else { return 0 }
        return random.span(1000...(3 * scenario.leaderLease))
    }

    /// Nil while etcd is down.
    func askEtcd(_ question: ElectionQuestion, key: String) -> ElectionAnswer? {
        now < etcdDownUntil ? nil : etcd.answer(question, key: key)
    }

    /// Chance that a sink fails now. Its failures end with all others, so that an intent is not given up for ever.
    var sinkFailure: Double {
        if isHealed { return 0 }
        return now < sinkFailsUntil ? 0.9 : scenario.sinkFailure
    }

    var ingestNames: [NodeName] { ingests.keys.sorted() }
    var coordinatorNames: [NodeName] { coordinators.keys.sorted() }
    var coordinatorAddresses: [String] { coordinatorNames.map(\.text) }

    /// All that run, but for producers and operators.
    var processes: [Process] {
        var running: [Process] = []
        for name in coordinatorNames { if let shell = coordinators[name]! { running.append(shell) } }
        for name in ingestNames { if let shell = ingests[name]! { running.append(shell) } }
        for name in workers.keys.sorted() { if let shell = workers[name]! { running.append(shell) } }
        for name in executors.keys.sorted() { if let shell = executors[name]! { running.append(shell) } }
        return running + twins
    }

    // MARK: - Reports

    func note(_ text: @autoclosure () -> String) {
        guard isTraced else { return }
        if trace.count >= 2 * Self.traceMax { trace.removeFirst(Self.traceMax) }
        let milliseconds = String(now / 1000)
        trace.append("\(milliseconds).\(String(1000 + now % 1000).dropFirst()) ms  \(text())")
    }

    /// Reports a broken invariant; the first one ends the run.
    func fail(_ invariant: String, _ detail: @autoclosure () -> String) {
        guard violation == nil else { return }
        let detail = detail()
        note("BROKEN: \(invariant): \(detail)")
        violation = (invariant, detail)
    }

    func take(_ note: CoordinatorNote) {
        self.note("coordinator: \(note)")
        switch note {
        case .epochBegan: statistics.epochs += 1
        case .windowClosed(_, let revision, _):
            statistics.windows += revision == 0 ? 1 : 0
            statistics.revisions += revision > 0 ? 1 : 0
        default: break
        }
    }
}
