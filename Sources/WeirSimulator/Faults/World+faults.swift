import WeirCluster
import WeirCore
import WeirWire

// What goes wrong, and its mending.
extension World {
    func scheduleFault() {
        guard !scenario.faults.isEmpty else { return }
        schedule(at: now + random.span(scenario.faultPause)) { [unowned self] in
            guard !isHealed else { return }
            inflict(random.pick(scenario.faults))
            scheduleFault()
        }
    }

    private func inflict(_ fault: Fault) {
        let span = random.span(scenario.faultSpan)
        note("fault: \(fault.rawValue) for \(span / 1000) ms")
        switch fault {
        case .crashCoordinator: crashCoordinator(for: span)
        case .crashIngest:
            let name = random.pick(ingestNames)
            if random.chance(0.5), let running = ingests[name] ?? nil {
                running.crashesInWrite = { [unowned self] in crashIngest(name, for: span) }
            } else {
                crashIngest(name, for: span)
            }
        case .crashWorker:
            guard !workers.isEmpty else { return }
            crashWorker(random.pick(workers.keys.sorted()), for: span)
        case .crashExecutor:
            guard !executors.isEmpty else { return }
            crashExecutor(random.pick(executors.keys.sorted()), for: span)
        case .stop:
            guard !processes.isEmpty else { return }
            let process = random.pick(processes)
            note("\(process.name) stands still")
            statistics.stops += 1
            process.stop(until: now + span)
        case .partition: cut(for: span)
        case .storm: storm(for: span)
        case .disk: disks[random.pick(ingestNames)]!.failsUntil = now + span
        case .store: storeFailsUntil = now + span
        case .sink: sinkFailsUntil = now + span
        case .leave: leave()
        case .addWorker: addWorker()
        case .removeWorker: removeWorker()
        case .twinWorker: startTwin()
        case .addIngest: addIngest()
        case .addExecutor: addExecutor()
        case .removeExecutor:
            guard executors.count > 1, let name = executors.keys.sorted().last else { return }
            executors.removeValue(forKey: name)??.crash()
            statistics.nodesRemoved += 1
        case .lateTransaction:
            let lease = scenario.leaderLease
            let delay = random.span((lease / 2)...(3 * lease))
            leader?.line.mishap = StoreLine.Mishap(
                delay: delay,
                stop: random.chance(0.7) ? random.span((lease / 2)...(3 * lease)) : nil
            )
        case .cutLeader:
            guard let leader else { return }
            let one = random.chance(0.6) ? Self.storeName : leader.name
            cut(one, from: one == leader.name ? processes.map(\.name) : [leader.name], for: span)
        case .slowStore: slowUntil[Self.storeName] = now + span
        case .lostCommit: losesNextCommit = true
        case .lateClaim: delayClaims()
        case .slowEtcd: slowUntil[Self.etcdName] = now + span
        case .cutFromEtcd:
            let running = coordinatorNames.compactMap { coordinators[$0]!?.name }
            guard let one = running.randomElement(using: &random) else { return }
            cut(Self.etcdName, from: [one], for: span)
            if random.chance(0.5), let other = running.first(where: { $0 != one }) {
                cut(Self.storeName, from: [other], for: span)
            }
        case .etcdDown:
            etcdDownUntil = max(etcdDownUntil, now + span)
            if random.chance(0.5) {
                schedule(at: etcdDownUntil) { [unowned self] in etcd.restart() }
            }
        case .etcdForgets: forgetElection()
        }
    }

    private func delayClaims() {
        let lease = scenario.leaderLease
        for name in coordinatorNames {
            let delay = random.chance(0.5) ? 0 : random.span((lease / 2)...(4 * lease))
            coordinators[name]!?.line.leaseMishap = StoreLine.Mishap(
                delay: delay,
                stop: delay == 0 || random.chance(0.5) ? random.span((2 * lease)...(6 * lease)) : nil
            )
        }
        guard random.chance(0.7), let leader else { return }
        leader.line.leaseMishap = nil
        leader.stop(until: now + random.span(lease...(3 * lease)))
        note("\(leader.name) stands still")
        statistics.stops += 1
    }

    private func forgetElection() {
        statistics.forgottenElections += 1
        guard random.chance(0.7) else {
            note("the election's key is deleted")
            return etcd.deleteKeys()
        }
        // The first backup is of an empty one.
        if random.chance(0.5) { etcd.backUp() }
        let isNew = random.chance(0.3)
        schedule(at: now + random.span(scenario.faultSpan)) { [unowned self] in
            guard !isHealed else { return }
            note("etcd is restored from a backup\(isNew ? ", as another cluster" : "")")
            etcd.restore(isNew: isNew)
        }
    }

    /// Whether the store takes a commit and loses it, before anyone but its worker hears of it: it is as if the commit had never come.
    func loses(_ commit: Commit) -> Bool {
        guard losesNextCommit, commit.tally.accepted > 0, let epoch = store.epoch, epoch.epoch == commit.epoch,
            epoch.presences.contains(where: { $0.name == commit.worker && $0.incarnation == commit.incarnation }),
            commit.number > store.progress[commit.worker]?.number ?? .none
        else { return false }
        losesNextCommit = false
        statistics.lostCommits += 1
        note("the store loses commit \(commit.number.value) of \(commit.worker)")
        return true
    }

    /// The coordinator that leads, for all that it knows.
    private var leader: CoordinatorShell? {
        coordinatorNames.compactMap { coordinators[$0]! }.first { $0.machine != nil }
    }

    // MARK: - Crashes

    func crashCoordinator(for span: Int64) {
        let running = coordinatorNames.compactMap { coordinators[$0]! }
        guard let victim = running.count > 1 ? random.pick(running) : running.first else { return }
        statistics.crashes += 1
        note("\(victim.name) crashes")
        victim.crash()
        let name = victim.name
        coordinators[name] = .some(nil)
        schedule(at: now + span) { [unowned self] in startCoordinator(name) }
    }

    func startCoordinator(_ name: NodeName) {
        guard let slot = coordinators[name], slot == nil else { return }
        note("\(name) starts")
        coordinators[name] = CoordinatorShell(self, name: name)
    }

    private func crashIngest(_ name: NodeName, for span: Int64) {
        guard let running = ingests[name] ?? nil else { return }
        statistics.crashes += 1
        note("\(name) crashes")
        running.crash()
        ingests[name] = .some(nil)
        schedule(at: now + span) { [unowned self] in startIngest(name) }
    }

    func startIngest(_ name: NodeName) {
        guard let slot = ingests[name], slot == nil else { return }
        note("\(name) starts at frame \(disks[name]!.last.value)")
        ingests[name] = IngestShell(self, name: name, disk: disks[name]!)
    }

    private func crashWorker(_ name: NodeName, for span: Int64) {
        guard let running = workers[name] ?? nil else { return }
        statistics.crashes += 1
        note("\(name) crashes")
        running.crash()
        workers[name] = .some(nil)
        schedule(at: now + span) { [unowned self] in startWorker(name) }
    }

    func startWorker(_ name: NodeName) {
        guard let slot = workers[name], slot == nil else { return }
        note("\(name) starts")
        workers[name] = WorkerShell(self, name: name, address: address(of: name))
    }

    /// Often where its predecessor was, and sometimes elsewhere.
    private func address(of name: NodeName) -> String {
        if random.chance(0.3) { lives += 1 }
        return "\(name)#\(lives)"
    }

    private func crashExecutor(_ name: NodeName, for span: Int64) {
        guard let running = executors[name] ?? nil else { return }
        statistics.crashes += 1
        running.crash()
        executors[name] = .some(nil)
        schedule(at: now + span) { [unowned self] in startExecutor(name) }
    }

    func startExecutor(_ name: NodeName) {
        guard let slot = executors[name], slot == nil else { return }
        executors[name] = ExecutorShell(self, name: name)
    }

    // MARK: - Departures

    private func leave() {
        let processes = processes
        // All may have crashed.
        guard !processes.isEmpty else { return }
        switch random.pick(processes) {
        case let worker as WorkerShell: worker.leave()
        case let ingest as IngestShell: ingest.leave()
        case let executor as ExecutorShell: executor.leave()
        case let coordinator as CoordinatorShell where scenario.coordinators > 1: coordinator.leave()
        default: return
        }
        statistics.departures += 1
    }

    /// A process has stopped in order; it starts again after a while.
    func hasLeft(_ process: Process) {
        note("\(process.name) has left")
        let name = process.name
        process.crash()
        let back = now + (isHealed ? 1000 : random.span(scenario.faultSpan))
        switch process {
        case is WorkerShell:
            guard workers[name] ?? nil === process else { return }
            workers[name] = .some(nil)
            schedule(at: back) { [unowned self] in startWorker(name) }
        case is IngestShell:
            guard ingests[name] ?? nil === process else { return }
            ingests[name] = .some(nil)
            schedule(at: back) { [unowned self] in startIngest(name) }
        case is CoordinatorShell:
            coordinators[name] = .some(nil)
            schedule(at: back) { [unowned self] in startCoordinator(name) }
        case is ExecutorShell:
            guard executors[name] ?? nil === process else { return }
            executors[name] = .some(nil)
            schedule(at: back) { [unowned self] in startExecutor(name) }
        default: break
        }
    }

    // MARK: - Members

    func addWorker() {
        guard workers.count < 6 else { return }
        lastWorker += 1
        let name = NodeName("worker-\(lastWorker)")!
        workers[name] = .some(nil)
        statistics.nodesAdded += 1
        startWorker(name)
    }

    private func removeWorker() {
        guard workers.count > 1 else { return }
        let name = random.pick(workers.keys.sorted())
        note("\(name) goes for good")
        statistics.nodesRemoved += 1
        workers.removeValue(forKey: name)??.crash()
    }

    private func startTwin() {
        guard let name = workers.keys.sorted().first, let running = workers[name] ?? nil else { return }
        note("a second \(name) starts")
        lives += 1
        statistics.nodesAdded += 1
        twins.append(running)
        workers[name] = WorkerShell(self, name: name, address: "\(name)#\(lives)")
    }

    func addIngest() {
        guard ingests.count < 4 else { return }
        lastIngest += 1
        let name = NodeName("ingest-\(lastIngest)")!
        disks[name] = JournalDisk(segmentFrames: scenario.segmentFrames, readFrames: scenario.readFrames)
        ingests[name] = .some(nil)
        statistics.nodesAdded += 1
        startIngest(name)
    }

    func addExecutor() {
        guard executors.count < 4 else { return }
        lastExecutor += 1
        let name = NodeName("executor-\(lastExecutor)")!
        executors[name] = .some(nil)
        statistics.nodesAdded += 1
        startExecutor(name)
    }

    // MARK: - Network

    private func cut(for span: Int64) {
        let names =
            processes.map(\.name) + (scenario.coordinators > 1 ? [Self.storeName] : [])
            + (scenario.isElectedInEtcd ? [Self.etcdName] : [])
        guard names.count > 1 else { return }
        let one = random.pick(names)
        cut(one, from: random.chance(0.5) ? [random.pick(names)] : names, for: span)
    }

    private func cut(_ one: NodeName, from others: [NodeName], for span: Int64) {
        statistics.partitions += 1
        let isOneWay = random.chance(0.4)
        for other in others where other != one {
            network.cut(from: one, to: other, until: now + span)
            if !isOneWay { network.cut(from: other, to: one, until: now + span) }
        }
        note("\(one) is cut off from \(others.map(\.text).joined(separator: ", "))\(isOneWay ? ", one way" : "")")
    }

    private func storm(for span: Int64) {
        network.faults.drop = 0.4
        network.faults.duplicate = 0.3
        network.faults.corrupt = scenario.network.corrupt > 0 ? 0.1 : 0
        network.faults.stall = 0.3
        schedule(at: now + span) { [unowned self] in
            if !isHealed { network.faults = scenario.network }
        }
    }

    // MARK: - Mending

    /// Ends all faults: every process runs, and links only delay.
    func heal() {
        note("all faults end")
        isHealed = true
        network.heal()
        network.faults = NetworkFaults()
        network.faults.delay = scenario.network.delay
        for disk in disks.values { disk.failsUntil = 0 }
        storeFailsUntil = 0
        slowUntil = [:]
        etcdDownUntil = 0
        losesNextCommit = false
        sinkFailsUntil = 0
        for process in processes { process.resume() }
        for twin in twins { twin.crash() }
        twins = []
        for name in coordinatorNames { startCoordinator(name) }
        for shell in coordinators.values {
            shell?.line.mishap = nil
            shell?.line.leaseMishap = nil
        }
        for shell in ingests.values { shell?.crashesInWrite = nil }
        for name in ingestNames { startIngest(name) }
        for name in workers.keys.sorted() { startWorker(name) }
        for name in executors.keys.sorted() { startExecutor(name) }
        for producer in producers { producer.wrapUp() }
        if scenario.coordinators > 1 { awaitLeader() }
    }

    /// A leader comes within a bounded time of those that reach store and etcd, also when one of them stays cut off from either.
    private func awaitLeader() {
        if random.chance(0.3) {
            let one = random.pick(coordinatorNames)
            let server = scenario.isElectedInEtcd && random.chance(0.5) ? Self.etcdName : Self.storeName
            cutOff = one
            // In both directions: without an answer there is no connection to ask over again and again.
            for (from, to) in [(one, server), (server, one)] { network.cut(from: from, to: to, until: .max / 2) }
            note("\(one) stays cut off from \(server)")
        }
        invariants.awaitLeader()
    }
}
