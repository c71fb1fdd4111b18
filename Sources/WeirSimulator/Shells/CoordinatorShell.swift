import WeirCluster
import WeirCore
import WeirWire

/// A coordinator: the machine with the simulated store, as `CoordinatorNode` is with the real one. Requests that come while the store
/// writes are taken together afterwards, and share one transaction.
final class CoordinatorShell: Process {
    /// Nil while it is a standby, or the store can't be read.
    private(set) var machine: CoordinatorMachine?
    private(set) lazy var line = StoreLine(self)
    /// Nil where there is no other coordinator.
    private var leadership: LeaseMachine?
    private(set) lazy var lease = LeaseShell(self, store: line, instance: instance)
    /// Of this life.
    let instance: Int
    private var isLeaving = false
    private var leader: LeaseHolder?
    /// In which the machine was made.
    private var term: Term?
    /// What leadership has decided, and the coordinator is too busy to follow.
    private var orders: [LeaseEffect] = []
    private var inbox: [CoordinatorInput] = []
    private var requests: [RequestID: (ControlReply) -> Void] = [:]
    private var lastRequest: UInt64 = 0
    private var isBusy = false
    /// What is left of the inbox that is being taken; nil while none is.
    private var work: ArraySlice<Work>?
    private var step = Step()
    /// Whether a tick is in the inbox: they do not pile up while the store writes.
    private var hasTick = false

    init(_ world: World, name: NodeName) {
        world.coordinatorLives += 1
        instance = world.coordinatorLives
        super.init(world, name: name, address: name.text, clock: world.drawClock())
        if world.scenario.coordinators > 1 {
            leadership = LeaseMachine(duration: lease.holdingTime)
            lease.answered = { [weak self] in self?.lead(.answered($0)) }
            every(world.scenario.tick) { [weak self] in
                guard let self else { return }
                // It has a thread of its own: after a standstill the coordinator's may be the first that goes on.
                self.after(self.world.random.span(10...self.world.scenario.tick)) { [weak self] in self?.lead(.tick) }
            }
        } else {
            machine = makeMachine()
        }
        every(world.scenario.tick) { [weak self] in
            guard let self else { return }
            if self.machine != nil { world.invariants.leads(name) }
            guard !self.hasTick else { return }
            self.hasTick = true
            self.enqueue(.tick)
        }
    }

    private func makeMachine() -> CoordinatorMachine? {
        do throws(MemoryStoreFailure) {
            let snapshot = try line.read { store throws(MemoryStoreFailure) in try store.snapshot() }
            world.invariants.coordinatorStarted(name, at: clock)
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
            world.note("\(name): the store can't be read: \(error)")
            return nil
        }
    }

    override func handle(_ bytes: [UInt8], _ reply: @escaping ([UInt8]) -> Void) {
        let request: ControlRequest
        do throws(DecodingFailure) {
            request = world.sabotage.received(try ControlRequest(decoding: bytes), machine)
        } catch {
            world.note("\(name): refuses a request: \(error)")
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
        world.note("\(name): the connection of \(worker) ended")
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
        if machine == nil, leadership == nil { machine = makeMachine() }
        guard machine != nil else {
            let refusal: ControlReply =
                leadership == nil ? .refused("the store can't be written") : .notLeader(leader: leader?.url)
            for case .request(let id, _) in inputs { reply(id, refusal) }
            isBusy = false
            return
        }
        work = ArraySlice(inputs.map { .take($0) })
        goOn()
    }

    /// The machine has gone on from a transaction that is not stored: it is of no more use. Those who wait ask again.
    private func fail(_ failure: MemoryStoreFailure) {
        world.note("\(name): the store failed: \(failure)")
        let term = term
        machine = nil
        refuseAll(.refused("\(failure)"))
        becomeFree()
        guard let term else { return }
        if case .deposed = failure { lead(.deposed(term)) } else { lead(.storeFailed(term)) }
    }

    private func refuseAll(_ answer: ControlReply) {
        for id in requests.keys.sorted(by: { $0.value < $1.value }) { reply(id, answer) }
    }

    // MARK: - Leadership

    /// Asks the process to stop in order: it gives the lease back. What it has under way with the store may come to its end later.
    func leave() {
        guard !isLeaving else { return }
        isLeaving = true
        lead(.resign)
        lease.whenIdle { [weak self] in
            guard let self else { return }
            self.world.hasLeft(self)
        }
    }

    /// Of a steady clock: a process's own never steps within its life.
    private var steadyTime: Duration { .microseconds(clock.microseconds / world.sabotage.leaseFactor) }

    /// Whether it leads, and its lease lasts, for all that it knows.
    var countsOnLease: Bool { leadership?.holds(at: steadyTime) ?? false }

    private func lead(_ input: LeaseInput) {
        let effects = leadership?.receive(input, at: steadyTime) ?? []
        for effect in effects {
            world.note("\(name): \(effect)")
            switch effect {
            case .acquire: lease.put(.acquire)
            case .renew(let term): lease.put(.renew(term))
            case .release(let term): lease.put(.release(term))
            case .stepDown(let end):
                if end == .expired { line.giveUp() }
                orders.append(effect)
            case .lead, .follow, .unreachable: orders.append(effect)
            }
        }
        follow()
    }

    /// Follows what leadership has decided: not within a step, as a coordinator whose thread waits for its store.
    private func follow() {
        while work == nil, !orders.isEmpty {
            switch orders.removeFirst() {
            case .lead(let term): begin(term)
            case .stepDown(let end):
                if end == .deposed { world.statistics.deposedLeaders += 1 }
                if end == .expired { world.statistics.expiredLeases += 1 }
                machine = nil
                leader = nil
                refuseAll(.notLeader(leader: nil))
            case .follow(let leader): self.leader = leader
            case .unreachable, .acquire, .renew, .release: break
            }
        }
    }

    private func begin(_ term: Term) {
        world.statistics.elections += 1
        self.term = term
        leader = nil
        machine = makeMachine()
        if machine == nil { lead(.storeFailed(term)) }
    }

    // MARK: - Machine

    /// A part of what an inbox asks for.
    private enum Work {
        case take(CoordinatorInput)
        /// What the machine needs of the store, which must hold by then what it has decided before.
        case read(CoordinatorEffect)
    }

    /// What several inputs have in common: one transaction, and what may follow once it is durable.
    private struct Step {
        var transaction = StoreTransaction()
        var effects: [CoordinatorEffect] = []
    }

    private func goOn() {
        while let next = work?.popFirst() {
            switch next {
            case .take(let input): receive(input)
            case .read(let effect):
                finish { [weak self] () throws(MemoryStoreFailure) in
                    guard let self else { return }
                    let answer = try self.read(effect)
                    self.work = [.take(answer)] + (self.work ?? [])
                    self.goOn()
                }
                return
            }
        }
        finish { [weak self] () throws(MemoryStoreFailure) in self?.becomeFree() }
    }

    private func becomeFree() {
        work = nil
        isBusy = false
        follow()
        guard !inbox.isEmpty else { return }
        isBusy = true
        after(0) { [weak self] in self?.takeInbox() }
    }

    private func receive(_ input: CoordinatorInput) {
        if case .request(_, let request) = input { world.note("\(name) ← \(request.summary)") }
        world.invariants.willStep(machine!)
        let effects = machine!.receive(input, at: clock)
        world.invariants.didStep(name, machine!, after: input, at: clock)
        var reads: [Work] = []
        for effect in effects {
            switch effect {
            case .store(let transaction): step.transaction.append(transaction)
            case .load, .loadDeadLetters, .loadClosed: reads.append(.read(effect))
            case .reply, .replyLease, .note: step.effects.append(effect)
            }
        }
        if !reads.isEmpty { work = reads + (work ?? []) }
    }

    private func read(_ effect: CoordinatorEffect) throws(MemoryStoreFailure) -> CoordinatorInput {
        let max = world.scenario.coordinatorLimits.retriedMax
        return try line.read { store throws(MemoryStoreFailure) in
            switch effect {
            case .load(let windows):
                world.note("\(name): loads \(windows.count) windows")
                return .loaded(try store.load(windows))
            case .loadClosed(let id, let query): return .deadLetters(id, try store.closedIntents(query, limit: max))
            case .loadDeadLetters(let id, let ids): return .deadLetters(id, try store.deadLetters(ids, limit: max))
            case .store, .reply, .replyLease, .note: preconditionFailure("\(effect) reads nothing")
            }
        }
    }

    /// Stores the step's transaction; what follows it leaves the process after a time in which it may crash.
    private func finish(then: @escaping () throws(MemoryStoreFailure) -> Void) {
        let step = step
        self.step = Step()
        let goOn = { [weak self] (result: Result<Void, MemoryStoreFailure>) in
            do throws(MemoryStoreFailure) {
                try result.get()
                try self?.carryOut(step.effects)
                try then()
            } catch {
                self?.fail(error)
            }
        }
        if step.transaction.isEmpty {
            goOn(.success(()))
        } else {
            line.write(world.sabotage.stored(step.transaction), in: term, then: goOn)
        }
    }

    private func carryOut(_ effects: [CoordinatorEffect]) throws(MemoryStoreFailure) {
        for effect in effects {
            switch effect {
            case .reply(let id, let answer): reply(id, answer)
            case .replyLease(let id, let leased):
                let intents =
                    leased.isEmpty
                    ? [:] : try line.read { store throws(MemoryStoreFailure) in try store.intents(leased.map(\.id)) }
                reply(id, .leased(leased.compactMap { intents[$0.id] }))
            case .note(let note): world.take(note)
            case .store, .load, .loadDeadLetters, .loadClosed: break
            }
        }
    }

    private func reply(_ id: RequestID, _ reply: ControlReply) {
        guard let respond = requests.removeValue(forKey: id) else { return }
        world.note("\(name) → \(reply.summary)")
        // What a leader says that does not know yet that it is none any more may be older than what was said since.
        if leadership == nil || term == world.store.term { world.invariants.replied(reply) }
        respond(reply)
    }
}
