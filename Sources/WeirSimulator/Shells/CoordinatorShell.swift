import WeirCluster
import WeirCore
import WeirWire

/// A coordinator: the machine with the simulated store, as `CoordinatorNode` is with the real one. Requests that come while the store
/// writes are taken together afterwards, and share one transaction.
final class CoordinatorShell: Process {
    private(set) var machine: CoordinatorMachine?
    private let store: MemoryStore
    private var inbox: [CoordinatorInput] = []
    private var requests: [RequestID: (ControlReply) -> Void] = [:]
    private var lastRequest: UInt64 = 0
    private var isBusy = false
    /// Whether a tick is in the inbox: they do not pile up while the store writes.
    private var hasTick = false

    init(_ world: World) {
        store = world.store
        super.init(
            world,
            name: World.coordinatorName,
            address: World.coordinatorAddress,
            clock: world.drawClock()
        )
        machine = makeMachine()
        every(world.scenario.tick) { [weak self] in
            guard let self, !self.hasTick else { return }
            self.hasTick = true
            self.enqueue(.tick)
        }
    }

    private func makeMachine() -> CoordinatorMachine? {
        do throws(MemoryStoreFailure) {
            let snapshot = try store.snapshot()
            world.invariants.coordinatorStarted(at: clock)
            return CoordinatorMachine(
                contract: world.scenario.contract,
                limits: world.scenario.coordinatorLimits,
                shards: world.scenario.shards,
                expectedWorkers: world.scenario.expectedWorkers,
                snapshot: snapshot,
                at: clock,
                stopwatch: { .zero }
            )
        } catch {
            world.note("coordinator: the store can't be read: \(error)")
            report(error)
            return nil
        }
    }

    override func handle(_ bytes: [UInt8], _ reply: @escaping ([UInt8]) -> Void) {
        let request: ControlRequest
        do throws(DecodingFailure) {
            request = world.sabotage.received(try ControlRequest(decoding: bytes), machine)
        } catch {
            world.note("coordinator: refuses a request: \(error)")
            reply(ControlReply.refused("\(error)").encoded)
            return
        }
        lastRequest += 1
        let id = RequestID(lastRequest)
        requests[id] = { reply($0.encoded) }
        enqueue(.request(id, request))
    }

    /// The connection of a worker has ended.
    func disconnected(_ worker: NodeName, _ incarnation: Incarnation) {
        world.note("coordinator: the connection of \(worker) ended")
        enqueue(.disconnected(worker, incarnation))
    }

    private func enqueue(_ input: CoordinatorInput) {
        inbox.append(input)
        guard !isBusy else { return }
        isBusy = true
        after(world.random.span(10...200)) { [weak self] in self?.takeInbox() }
    }

    private func takeInbox() {
        let inputs = inbox
        inbox = []
        hasTick = false
        if machine == nil { machine = makeMachine() }
        guard machine != nil else {
            for case .request(let id, _) in inputs { reply(id, .refused("the store can't be written")) }
            isBusy = false
            return
        }
        var step = Step()
        do throws(MemoryStoreFailure) {
            for input in inputs { try receive(input, &step) }
            let delay = step.transaction.isEmpty ? 0 : world.random.span(world.scenario.storeDelay)
            try finish(&step, writing: delay)
            after(delay) { [weak self] in self?.becomeFree() }
        } catch {
            world.note("coordinator: the store failed: \(error)")
            report(error)
            world.statistics.storeFailures += 1
            machine = nil
            for id in requests.keys.sorted(by: { $0.value < $1.value }) { reply(id, .refused("\(error)")) }
            isBusy = false
        }
    }

    /// A failure that was not injected.
    private func report(_ failure: MemoryStoreFailure) {
        switch failure {
        case .injected: break
        case .intentExists: world.fail("no intent id with two payloads", "\(failure)")
        case .corrupt: world.fail("the store can be read", "\(failure)")
        case .compacted: world.fail("no compacted window is needed", "\(failure)")
        }
    }

    private func becomeFree() {
        isBusy = false
        guard !inbox.isEmpty else { return }
        isBusy = true
        after(0) { [weak self] in self?.takeInbox() }
    }

    /// What several inputs have in common: one transaction, and what may follow once it is durable.
    private struct Step {
        var transaction = StoreTransaction()
        var effects: [CoordinatorEffect] = []
    }

    private func receive(_ input: CoordinatorInput, _ step: inout Step) throws(MemoryStoreFailure) {
        if case .request(_, let request) = input { world.note("coordinator ← \(request.summary)") }
        world.invariants.willStep(machine!)
        let effects = machine!.receive(input, at: clock)
        world.invariants.didStep(machine!, after: input, at: clock)
        var loads: [Window]?
        var deadLetters: (RequestID, [UUID128])?
        var closed: (RequestID, WindowQuery)?
        for effect in effects {
            switch effect {
            case .store(let transaction): step.transaction.append(transaction)
            case .load(let windows): loads = windows
            case .loadDeadLetters(let id, let ids): deadLetters = (id, ids)
            case .loadClosed(let id, let query): closed = (id, query)
            case .reply, .replyLease, .note: step.effects.append(effect)
            }
        }
        if let loads {
            try finish(&step, writing: 0)
            world.note("coordinator: loads \(loads.count) windows")
            try receive(.loaded(try store.load(loads)), &step)
        }
        if let (id, query) = closed {
            try finish(&step, writing: 0)
            let found = try store.closedIntents(query, limit: world.scenario.coordinatorLimits.retriedMax)
            try receive(.deadLetters(id, found), &step)
        }
        if let (id, ids) = deadLetters {
            try finish(&step, writing: 0)
            let found = try store.deadLetters(ids, limit: world.scenario.coordinatorLimits.retriedMax)
            try receive(.deadLetters(id, found), &step)
        }
    }

    /// Stores the transaction; what follows it leaves the process after a time in which it may crash.
    private func finish(_ step: inout Step, writing delay: Int64) throws(MemoryStoreFailure) {
        let transaction = world.sabotage.stored(step.transaction)
        if !step.transaction.isEmpty {
            do throws(MemoryStoreFailure) {
                try store.apply(transaction)
            } catch {
                // What failed may be in the store all the same.
                world.ledger.storeChanged(transaction)
                throw error
            }
            world.ledger.storeChanged(transaction)
        }
        var replies: [(RequestID, ControlReply)] = []
        for effect in step.effects {
            switch effect {
            case .reply(let id, let answer): replies.append((id, answer))
            case .replyLease(let id, let leased):
                let intents = leased.isEmpty ? [:] : try store.intents(leased.map(\.id))
                replies.append((id, .leased(leased.compactMap { intents[$0.id] })))
            case .note(let note): world.take(note)
            case .store, .load, .loadDeadLetters, .loadClosed: break
            }
        }
        step = Step()
        guard !replies.isEmpty else { return }
        after(delay) { [weak self] in
            for (id, answer) in replies { self?.reply(id, answer) }
        }
    }

    private func reply(_ id: RequestID, _ reply: ControlReply) {
        guard let respond = requests.removeValue(forKey: id) else { return }
        world.note("coordinator → \(reply.summary)")
        world.invariants.replied(reply)
        respond(reply)
    }
}
