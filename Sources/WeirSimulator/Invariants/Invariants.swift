import WeirCluster
import WeirCore
import WeirWire

/// What must hold at every step, and at the end.
final class Invariants {
    private unowned let world: World
    private var epoch = Epoch.none
    /// Of what the coordinator has told anyone, over all its lives.
    private var toldEpoch = Epoch.none
    private var toldWatermark: EventTime?
    /// Newest stored revision by window, and newest that an intent carries.
    private var revisions: [Window: Int] = [:]
    private var emitted: [Window: Int] = [:]
    /// Incidents that were announced and are not over.
    private var firing: [AlertKey: AlertIncident] = [:]
    /// What sinks have got, by intent.
    private var carried: [UUID128: [UInt8]] = [:]
    private var watermarkBefore: EventTime?
    /// When the machine of a coordinator last looked at its sources for certain, by its clock.
    private var evaluatedAt: [NodeName: WallTime] = [:]
    /// Whether a leader is waited for, that is not the one that is cut off.
    private var awaitsLeader = false

    init(_ world: World) {
        self.world = world
    }

    // MARK: - Leadership

    /// A term begins for a life of a coordinator: no other one may count on its lease by then. Where clocks differ by more than leases allow for, or
    /// etcd has lost what it had said, two may try; the fence takes the transactions of one.
    func termBegan(_ instance: Int) {
        let scenario = world.scenario
        guard scenario.clockDrift <= (scenario.isElectedInEtcd ? 0.01 : 0), !world.etcd.hasForgotten else { return }
        for name in world.coordinatorNames {
            guard let other = world.coordinators[name]!, other.instance != instance, other.countsOnLease else {
                continue
            }
            world.fail("one coordinator counts on the lease", "\(name) does, when another gets the next term")
        }
    }

    /// All faults have ended: a leader is to come.
    func awaitLeader() {
        awaitsLeader = true
        let crashes = world.statistics.crashes
        let bound = Self.electionMax(world.scenario)
        world.schedule(at: world.now + bound) { [unowned self] in
            // One may be crashed once more: that begins anew.
            guard awaitsLeader, world.statistics.crashes == crashes else { return }
            world.fail(
                "a leader comes within bounded time",
                "none for \(bound / 1000) ms, of those that reach store and etcd"
            )
        }
    }

    /// A coordinator leads, and can read the store.
    func leads(_ name: NodeName) {
        if name != world.cutOff { awaitsLeader = false }
    }

    /// How long what was sent before the last fault's end may arrive after it, and what it began may last: a claim that is held up, a lease of etcd
    /// that nobody has any more, then that of the row, where etcd is another; a leader that waits for a transaction. In microseconds.
    private static func electionMax(_ scenario: Scenario) -> Int64 {
        let wholeSeconds = scenario.leaderLease + 1_000_000
        return 4 * scenario.leaderLease + 3 * wholeSeconds + scenario.storeTimeout + 2_000_000
    }

    // MARK: - Coordinator

    func coordinatorStarted(_ name: NodeName, at now: WallTime) {
        evaluatedAt[name] = now
        watermarkBefore = world.store.watermark
    }

    func willStep(_ machine: CoordinatorMachine) { watermarkBefore = machine.watermark }

    /// The watermark may be no newer than what every source has shown and has committed; with all sources idle it moves at the wall
    /// clock's pace.
    func didStep(_ name: NodeName, _ machine: CoordinatorMachine, after input: CoordinatorInput, at now: WallTime) {
        guard let watermark = machine.watermark, watermark != watermarkBefore else {
            if case .tick = input { evaluatedAt[name] = now }
            return
        }
        defer { evaluatedAt[name] = now }
        if let before = watermarkBefore, watermark < before {
            world.fail("the watermark only grows", "from \(before) to \(watermark)")
        }
        var active: EventTime?
        var idle: EventTime?
        for source in machine.sourceProgress {
            var newest: EventTime?
            for position in source.positions {
                guard let shown = world.ledger.newest(of: source.ingest, through: position) else { continue }
                newest = min(newest ?? shown, shown)
            }
            guard let newest else { continue }
            if source.isIdle { idle = min(idle ?? newest, newest) } else { active = min(active ?? newest, newest) }
        }
        var bound = active ?? idle
        if let before = watermarkBefore {
            var reached = before
            if active == nil, let evaluatedAt = evaluatedAt[name] {
                let elapsed = max(0, now.microseconds - evaluatedAt.microseconds)
                reached = max(before, idle ?? before).advanced(byMicroseconds: elapsed)
            }
            bound = max(bound ?? reached, reached)
        }
        if let bound, watermark <= bound { return }
        world.fail(
            "every live source holds the watermark",
            "it moved from \(watermarkBefore?.description ?? "-") to \(watermark), and the sources allow \(bound?.description ?? "-")"
        )
    }

    /// Epochs and watermarks that anyone hears of a leader only grow, also over restarts and takeovers.
    func replied(_ reply: ControlReply) {
        switch reply {
        case .assigned(let assignment): told(assignment.view.epoch, assignment.view.watermark)
        case .view(let view): told(view.epoch, view.watermark)
        case .committed(let receipt): told(toldEpoch, receipt.watermark)
        case .wrongEpoch(let epoch): told(epoch, toldWatermark)
        default: break
        }
    }

    private func told(_ epoch: Epoch, _ watermark: EventTime?) {
        if epoch < toldEpoch { world.fail("epochs only grow", "\(toldEpoch.value), then \(epoch.value)") }
        toldEpoch = epoch
        if let toldWatermark, watermark.map({ $0 < toldWatermark }) ?? true {
            world.fail(
                "the watermark only grows",
                "the coordinator said \(toldWatermark), and now \(watermark?.description ?? "none")"
            )
        }
        toldWatermark = watermark ?? toldWatermark
    }

    /// A transaction is in the store.
    func stored(_ transaction: StoreTransaction) {
        if let stored = world.store.epoch?.epoch, stored != epoch {
            if stored < epoch { world.fail("epochs only grow", "\(epoch.value), then \(stored.value) in the store") }
            epoch = stored
        }
        world.statistics.commits += transaction.progress.count
        world.statistics.intents += transaction.intents.count
        for new in transaction.intents where isRecord(new) {
            let expected = emitted[new.window].map { $0 + 1 } ?? 0
            if new.revision != expected {
                world.fail(
                    "window revisions only grow",
                    "\(new.window.type.name) \(new.window.start): an intent of revision \(new.revision) where \(expected) follows"
                )
            }
            emitted[new.window] = new.revision
        }
        for notice in transaction.alerts.notices { announced(notice, transaction) }
        for row in transaction.windows {
            let revision = world.store.windows[row.window]!.revision
            if let before = revisions[row.window], revision < before || revision > before + 1 {
                world.fail(
                    "window revisions only grow",
                    "\(row.window.type.name) \(row.window.start): \(before), then \(revision) in the store"
                )
            }
            revisions[row.window] = revision
        }
    }

    /// Each incident is announced, then its end; with an intent in the same transaction.
    private func announced(_ notice: AlertNotice, _ transaction: StoreTransaction) {
        let key = notice.status.key
        let before = firing.removeValue(forKey: key)
        if notice.isFiring { firing[key] = notice.incident }
        let isInTurn = notice.isFiring ? before == nil : before == notice.incident
        let ids = AlertIDs(
            contract: world.scenario.contract,
            key: key,
            incident: notice.incident,
            isFiring: notice.isFiring
        )
        guard isInTurn, transaction.intents.contains(where: { $0.intent.id == ids.intent }) else {
            world.fail(
                "alerts fire and are over in turn, once each",
                "\(key.rule) \(key.group ?? ""): \(notice.isFiring ? "fires" : "is over"), \(notice.incident), after \(before.map { "\($0)" } ?? "nothing")"
            )
            return
        }
    }

    /// Whether an intent publishes its window's record, and not an alert about it.
    private func isRecord(_ new: NewIntent) -> Bool {
        let ids = IntentIDs(contract: world.scenario.contract, window: new.window, revision: new.revision)
        return new.intent.id == ids.intent
    }

    /// The store has failed, or refused something.
    func storeFailed(_ failure: MemoryStoreFailure) {
        switch failure {
        case .injected, .unanswered: world.statistics.storeFailures += 1
        case .deposed: world.statistics.refusedTransactions += 1
        case .intentExists: world.fail("no intent id with two payloads", "\(failure)")
        case .corrupt: world.fail("the store can be read", "\(failure)")
        case .compacted: world.fail("no compacted window is needed", "\(failure)")
        }
    }

    // MARK: - Other roles

    func carriedOut(_ intent: LeasedIntent) {
        if let before = carried[intent.id], before != intent.json {
            world.fail("no intent id with two payloads", "\(intent.id)")
        }
        carried[intent.id] = intent.json
    }

    func stepped(_ machine: IngestMachine) {
        let limits = world.scenario.ingestLimits
        if machine.waitingCount > limits.waitingMax {
            world.fail("queues are within their limits", "\(machine.waitingCount) requests wait at \(machine.name)")
        }
        // The frame that exceeds a limit is the last one that is taken.
        let slack = 256 << 10
        if machine.bytesInMemory > max(limits.lagBytesMax, limits.recentBytes) + slack {
            world.fail("queues are within their limits", "\(machine.bytesInMemory) bytes of frames at \(machine.name)")
        }
    }

    func stepped(_ machine: WorkerMachine) {
        // A delivery is taken whole.
        let slack = 100 * 301
        if machine.uncommittedEvents > world.scenario.workerLimits.uncommittedEventsMax + slack {
            world.fail(
                "queues are within their limits",
                "\(machine.uncommittedEvents) events wait for a commit at \(machine.name)"
            )
        }
    }

    // MARK: - The end

    /// Compares every window with the single-threaded answer over the events that were counted.
    func finish() {
        world.ledger.finish()
        guard world.violation == nil, !world.ledger.hasDoubt else { return }
        let contract = world.scenario.contract
        let answer = ReferenceAnswer.windows(
            world.events.columns,
            selected: world.ledger.counted,
            contract: contract
        )
        for window in answer.keys.sorted() { compare(window, answer[window]!, contract) }
        let stored = world.store.alerts.values.compactMap { status -> AlertKey? in
            if case .firing = status.machine.state { status.key } else { nil }
        }
        if Set(stored) != Set(firing.keys) {
            world.fail(
                "alerts fire and are over in turn, once each",
                "stored as firing are \(stored.count), announced \(firing.count)"
            )
        }
        for window in world.store.windows.keys.sorted() where answer[window] == nil {
            world.fail(
                "every record equals the single-threaded answer",
                "\(window.type.name) \(window.start) has no events"
            )
        }
    }

    private func compare(_ window: Window, _ aggregate: WindowAggregate, _ contract: Contract) {
        let name = "\(window.type.name) \(window.start)"
        guard let stored = world.store.windows[window] else {
            world.fail("every record equals the single-threaded answer", "\(name) is missing")
            return
        }
        guard stored.state == .completed || stored.state == .failed else {
            world.fail("a flush closes every window", "\(name) is \(stored.state.name)")
            return
        }
        guard contract.windows.types.contains(window.type) else { return }
        guard let record = stored.record, let id = stored.intentID else {
            world.fail("every record equals the single-threaded answer", "\(name) has no record")
            return
        }
        let expected = ReferenceAnswer.payloadPrefix(
            window,
            revision: stored.revision,
            aggregate: aggregate,
            contract: contract
        )
        if !record.starts(with: expected) {
            world.fail(
                "every record equals the single-threaded answer",
                "\(name):\n  expected \(String(decoding: expected, as: UTF8.self))\n  stored   \(String(decoding: record, as: UTF8.self))"
            )
        }
        switch world.store.intents[id]?.state {
        case .completed:
            if let json = carried[id], let payload = Intent.targetEventPayload(inJSON: json),
                payload.elementsEqual(record)
            {
                return
            }
            world.fail("what sinks get is what is stored", name)
        case .failed: break
        case .pending, nil: world.fail("a flush carries out every intent", name)
        }
    }
}
