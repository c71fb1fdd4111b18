import WeirCore
import WeirWire

// What operators see and want of nodes and shards.
extension CoordinatorMachine {
    /// Takes a node out of service, or back in; the shards that it owns move with the next epoch.
    mutating func drain(
        _ node: NodeName,
        undo: Bool,
        isDryRun: Bool,
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        guard workers[node] != nil || ingests[node] != nil || drained.contains(node) else {
            let known = Set(workers.keys).union(ingests.keys).union(drained).map(\.text).sorted()
            effects.append(
                .reply(
                    id,
                    .refused(
                        "no worker or ingest \(node) is there; "
                            + (known.isEmpty ? "none has joined yet" : "there are \(known.joined(separator: ", "))")
                    )
                )
            )
            return
        }
        var wanted = drained
        if undo { wanted.remove(node) } else { wanted.insert(node) }
        let names = workers.keys.filter { !wanted.contains($0) }.sorted()
        guard workers[node] == nil || undo || !names.isEmpty else {
            effects.append(
                .reply(
                    id,
                    .refused("\(node) is the last worker in service; start another one first: see weirctl nodes")
                )
            )
            return
        }
        let next =
            names.isEmpty
            ? epoch.placement : Placement(shards: shards, workers: names, after: epoch.placement)
        let moves = epoch.placement.moves(to: next)
        if !isDryRun, wanted != drained {
            drained = wanted
            transaction.drained = wanted
            effects.append(.note(undo ? .nodeUndrained(node) : .nodeDrained(node)))
            if workers[node] != nil { changeMembershipAtOnce(at: now) }
            reconfigureIfDue(at: now, &effects)
        }
        effects.append(.reply(id, .json(answer(moves, isDryRun: isDryRun))))
    }

    /// Places shards with bounded load. Changes of membership start from there.
    mutating func rebalance(
        isDryRun: Bool,
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        let names = eligibleWorkers
        guard !names.isEmpty else {
            effects.append(.reply(id, .refused("no worker is in service; see weirctl nodes")))
            return
        }
        guard parked.isEmpty else {
            effects.append(.reply(id, .refused("commits wait for the store; ask again")))
            return
        }
        let next = Placement.bounded(shards: shards, workers: names)
        let moves = epoch.placement.moves(to: next)
        if !isDryRun, next != epoch.placement {
            isRebalancing = true
            changeMembershipAtOnce(at: now)
            reconfigureIfDue(at: now, &effects)
        }
        effects.append(.reply(id, .json(answer(moves, isDryRun: isDryRun))))
    }

    private func answer(_ moves: [Placement.Move], isDryRun: Bool) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("dry_run", isDryRun)
            json.member("epoch", epoch.epoch.value)
            json.key("moves")
            json.array { json in
                for move in moves {
                    json.object { json in
                        json.member("shard", move.shard.value)
                        json.member("from", move.from?.text)
                        json.member("to", move.to.text)
                    }
                }
            }
        }
        return json.bytes
    }

    // MARK: - Lists

    public func nodeList(at now: WallTime) -> [UInt8] {
        func silence(_ lastSeen: WallTime) -> Int64 { (now.microseconds - lastSeen.microseconds) / 1000 }
        var json = JSONWriter()
        json.array { json in
            for (name, worker) in workers.sorted(by: { $0.key < $1.key }) {
                json.object { json in
                    let shards = epoch.placement.shards(of: name).count
                    let service = Service(isDrained: drained.contains(name), isDone: shards == 0)
                    json.node(name, "worker", worker.presence.incarnation, service)
                    json.member("silent_ms", silence(worker.lastSeen))
                    json.member("url", worker.presence.dataURL)
                    json.member("shards", shards)
                }
            }
            for (name, ingest) in ingests.sorted(by: { $0.key < $1.key }) {
                json.object { json in
                    let committed = committed(name)
                    let isDone = ingest.report.isDrained && committed >= ingest.report.last
                    let service = Service(isDrained: drained.contains(name), isDone: isDone)
                    json.node(name, "ingest", ingest.report.incarnation, service)
                    json.member("silent_ms", silence(ingest.lastSeen))
                    json.member("last_frame", ingest.report.last.value)
                    json.member("committed_frame", committed.value)
                }
            }
            for (name, executor) in executors.sorted(by: { $0.key < $1.key }) {
                json.object { json in
                    json.node(name, "executor", executor.incarnation, .active)
                    json.member("silent_ms", silence(executor.lastSeen))
                }
            }
            for name in drained.sorted() where workers[name] == nil && ingests[name] == nil {
                json.object { json in
                    json.member("name", name.text)
                    json.member("state", "away, drained")
                }
            }
        }
        return json.bytes
    }

    public var shardList: [UInt8] {
        let placement = epoch.placement
        let positions = positionsToReplay.sorted { $0.key < $1.key }
        var json = JSONWriter()
        json.array { json in
            for shard in placement.owners.indices {
                json.object { json in
                    json.member("shard", shard)
                    json.member("worker", placement.workers[placement.owners[shard]].text)
                    json.key("committed")
                    json.object { json in
                        for (ingest, sequences) in positions { json.member(ingest.text, sequences[shard].value) }
                    }
                }
            }
        }
        return json.bytes
    }
}

/// Whether a node takes work.
private enum Service: String {
    case active = "in service"
    /// It is to take no more, and has yet to finish what it has.
    case draining
    /// It may be stopped.
    case drained

    init(isDrained: Bool, isDone: Bool) {
        self = !isDrained ? .active : isDone ? .drained : .draining
    }
}

extension JSONWriter {
    fileprivate mutating func node(_ name: NodeName, _ role: String, _ incarnation: Incarnation, _ service: Service) {
        member("name", name.text)
        member("role", role)
        member("state", service.rawValue)
        member("incarnation", incarnation.value)
    }
}
