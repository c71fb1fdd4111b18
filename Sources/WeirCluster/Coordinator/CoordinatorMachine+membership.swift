import WeirCore
import WeirWire

// Who takes part, and from where each shard goes on.
extension CoordinatorMachine {
    mutating func join(
        _ presence: WorkerPresence,
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        troubles.find(presence.name)
        if let known = workers[presence.name] {
            guard presence.incarnation >= known.presence.incarnation else {
                effects.append(
                    .reply(
                        id,
                        .refused("\(presence.name): a newer process with this name has joined; stop one of the two")
                    )
                )
                return
            }
            if known.presence != presence || (progress[presence.name]?.number ?? .none) > .none,
                !drained.contains(presence.name)
            {
                // A new life of the worker, or one that lost what it knew: it can't go on within the epoch.
                membershipChangedAt = membershipChangedAt ?? now
            }
            workers[presence.name] = Worker(presence: presence, lastSeen: now)
        } else {
            workers[presence.name] = Worker(presence: presence, lastSeen: now)
            if !drained.contains(presence.name) { membershipChangedAt = now }
            effects.append(.note(.workerJoined(presence.name)))
        }
        reconfigureIfDue(at: now, &effects)
        if membershipChangedAt == nil, epoch.placement.workers.contains(presence.name) {
            effects.append(.reply(id, .assigned(Assignment(view: view(for: nil), positions: positionsToReplay))))
        } else {
            // It is outside of the epoch, or it would not ask.
            paused.insert(presence.name)
            effects.append(.reply(id, .view(view(for: nil))))
        }
    }

    mutating func take(
        _ report: IngestReport,
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        if let known = ingests[report.name], report.incarnation < known.report.incarnation {
            effects.append(
                .reply(id, .refused("\(report.name): a newer process with this name has joined; stop one of the two"))
            )
            return
        }
        if let known = ingests[report.name], report.incarnation == known.report.incarnation,
            report.last < known.report.last
        {
            // Overtaken by a newer one, and maybe by the commit of what that one told of: it says nothing about the journal as it is.
            effects.append(.reply(id, .view(view(for: report.name))))
            return
        }
        if isForgotten(report.name), let reason = welcomeBack(report, &effects) {
            effects.append(.reply(id, .refused(reason)))
            return
        }
        let committed = committed(report.name)
        guard report.last >= committed else {
            effects.append(
                .reply(
                    id,
                    .refused(
                        "\(report.name): its journal ends with frame \(report.last.value), and frame \(committed.value) is committed; "
                            + "start it with its own data directory, or under another name; if that directory is gone for good: "
                            + "weirctl forget \(report.name)"
                    )
                )
            )
            return
        }
        troubles.find(report.name)
        if ingests[report.name] == nil { effects.append(.note(.ingestJoined(report.name))) }
        ingests[report.name] = Ingest(report: report, lastSeen: now)
        advanceFlush(at: now, &effects)
        effects.append(.reply(id, .view(view(for: report.name))))
    }

    /// A worker whose connection ended is in doubt until it speaks again. Ingests and executors are not: nobody can take over a journal, so that
    /// windows better wait for an ingest that is started again than close without it, and leases are made to outlast what their holders do.
    mutating func disconnect(_ node: NodeName, _ incarnation: Incarnation, at now: WallTime) {
        guard workers[node]?.presence.incarnation == incarnation, workers[node]!.disconnectedAt == nil else { return }
        workers[node]!.disconnectedAt = now
    }

    mutating func expireNodes(at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        let bound = now.advanced(byMicroseconds: -limits.nodeTimeout.inMicroseconds)
        let doubt = now.advanced(byMicroseconds: -limits.disconnectGrace.inMicroseconds)
        for (name, worker) in workers
        where worker.lastSeen < bound || worker.disconnectedAt.map({ $0 < doubt }) ?? false {
            workers[name] = nil
            if !drained.contains(name) { changeMembershipAtOnce(at: now) }
            troubles.lose(name, .worker, at: now)
            effects.append(.note(.workerLost(name)))
        }
        for (name, ingest) in ingests where ingest.lastSeen < bound {
            ingests[name] = nil
            troubles.lose(name, .ingest, lastFrame: ingest.report.last, at: now)
            effects.append(.note(.ingestLost(name)))
        }
        for (name, executor) in executors where executor.lastSeen < bound {
            executors[name] = nil
            troubles.lose(name, .executor, at: now)
            intents.free(leasedTo: name)
        }
    }

    /// A node goes in order: nobody has to wait until it is missed.
    mutating func leave(
        _ node: NodeName,
        _ incarnation: Incarnation,
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        if workers[node]?.presence.incarnation == incarnation {
            workers[node] = nil
            if !drained.contains(node) { changeMembershipAtOnce(at: now) }
            effects.append(.note(.workerLeft(node)))
            reconfigureIfDue(at: now, &effects)
        } else if ingests[node]?.report.incarnation == incarnation {
            ingests[node] = nil
            effects.append(.note(.ingestLeft(node)))
            advanceFlush(at: now, &effects)
        } else if executors[node]?.incarnation == incarnation {
            executors[node] = nil
            intents.free(leasedTo: node)
        }
        // Who is not known has left.
        effects.append(.reply(id, .acknowledged))
    }

    /// What a node is known as; nil when it is not known.
    public func role(of node: NodeName) -> PeerRole? {
        if workers[node] != nil { return .worker }
        if ingests[node] != nil { return .ingest }
        return executors[node] == nil ? nil : .executor
    }

    /// Shards are without an owner: the next epoch does not wait for quiet.
    mutating func changeMembershipAtOnce(at now: WallTime) {
        membershipChangedAt = now
        isMembershipUrgent = true
    }

    /// Workers that may own shards, ascending.
    var eligibleWorkers: [NodeName] { workers.keys.filter { !drained.contains($0) }.sorted() }

    /// Begins an epoch when membership changed and is complete or quiet. While commits are parked it waits for them: they belong to
    /// the epoch that ends.
    mutating func reconfigureIfDue(at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        guard let changed = membershipChangedAt, parked.isEmpty else { return }
        let names = eligibleWorkers
        guard !names.isEmpty else { return }
        let quiet = now.microseconds - changed.microseconds >= limits.settleDelay.inMicroseconds
        guard names.count == expectedWorkers || isMembershipUrgent || quiet else { return }
        let next =
            isRebalancing
            ? Placement.bounded(shards: shards, workers: names)
            : Placement(shards: shards, workers: names, after: epoch.placement)
        guard isCommitted(before: next, at: now) else { return }
        beginEpoch(next, positions, &effects)
    }

    /// Whether workers that lose shards with the next epoch have committed what they have counted of them, or have had their time. Who has
    /// not would have to start over: what it counted of a shard that is another's can't be told from the rest.
    private mutating func isCommitted(before next: Placement, at now: WallTime) -> Bool {
        let giving = Set(epoch.placement.moves(to: next).compactMap(\.from))
        let awaited = epoch.presences.filter {
            giving.contains($0.name) && workers[$0.name]?.presence == $0 && !paused.contains($0.name)
        }
        guard !awaited.isEmpty else { return true }
        let since = pausing?.since ?? now
        pausing = (giving, since)
        return now.microseconds - since.microseconds >= limits.pauseMax.inMicroseconds
    }

    mutating func beginEpoch(
        _ placement: Placement,
        _ positions: [NodeName: [FrameSequence]],
        _ effects: inout [CoordinatorEffect]
    ) {
        membershipChangedAt = nil
        isMembershipUrgent = false
        isRebalancing = false
        pausing = nil
        paused = []
        epoch = EpochRecord(
            epoch: max(epoch.epoch, latestEpochHeard).next,
            placement: placement,
            positions: positions,
            presences: placement.workers.map { workers[$0]!.presence }
        )
        progress = [:]
        told = [:]
        transaction.epoch = epoch
        transaction.progress = [:]
        effects.append(.note(.epochBegan(epoch.epoch, workers: placement.workers)))
    }

    // MARK: - Positions

    /// Committed positions by ingest, then shard: where the epoch began, or what its owner has committed since.
    var positions: [NodeName: [FrameSequence]] {
        var all = epoch.positions
        for (index, worker) in epoch.placement.workers.enumerated() {
            for input in progress[worker]?.inputs.values ?? [:].values where input.position > .none {
                var shards = all[input.ingest] ?? [FrameSequence](repeating: .none, count: shards)
                for shard in shards.indices where epoch.placement.owners[shard] == index {
                    shards[shard] = max(shards[shard], input.position)
                }
                all[input.ingest] = shards
            }
        }
        return all
    }

    /// The position of an ingest that all shards have committed.
    func committed(_ ingest: NodeName) -> FrameSequence {
        guard !epoch.placement.workers.isEmpty else { return epoch.positions[ingest]?.min() ?? .none }
        return epoch.placement.workers.indices.map { index in
            let reached = progress[epoch.placement.workers[index]]?.inputs[ingest]?.position ?? .none
            return max(reached, began(index, ingest))
        }.min() ?? .none
    }

    /// The position at which a worker began its epoch: that of the shard that is furthest behind.
    private func began(_ index: Int, _ ingest: NodeName) -> FrameSequence {
        guard let positions = epoch.positions[ingest] else { return .none }
        return positions.indices.lazy.filter { epoch.placement.owners[$0] == index }.map { positions[$0] }.min()
            ?? FrameSequence(.max)
    }

    func began(_ worker: NodeName, _ ingest: NodeName) -> FrameSequence {
        epoch.placement.workers.firstIndex(of: worker).map { began($0, ingest) } ?? .none
    }

    /// What is committed of a source: the oldest of its workers' newest event times, and whether all call it idle.
    func source(_ ingest: NodeName) -> (newest: EventTime?, isIdle: Bool) {
        let inputs = epoch.placement.workers.compactMap { progress[$0]?.inputs[ingest] }
        return (inputs.compactMap(\.newest).min(), !inputs.isEmpty && inputs.allSatisfy(\.isIdle))
    }

    /// What is known of the live sources, for the watermark.
    var sources: [WatermarkTracker.Source] {
        ingests.keys.map { ingest in
            let inputs = epoch.placement.workers.map { progress[$0]?.inputs[ingest] }
            let newest = inputs.compactMap { $0?.newest }
            guard !newest.isEmpty else {
                return inputs.contains { $0 == nil } ? .unknown : .idle(newest: nil)
            }
            // A worker that has not heard of the first events yet may hold some of them.
            guard newest.count == inputs.count else { return .unknown }
            return inputs.allSatisfy { $0!.isIdle } ? .idle(newest: newest.min()) : .active(newest: newest.min()!)
        }
    }
}
