import WeirCore
import WeirWire

// What operators ask of the machine; what the store alone can tell, the shell reads from it.
extension CoordinatorMachine {
    mutating func handle(
        _ request: AdminRequest,
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        switch request {
        case .status:
            effects.append(.reply(id, .json(status(at: now))))
        case .flush:
            beginFlush(id, at: now, &effects)
        case .workflow(let workflow):
            guard !epoch.placement.workers.isEmpty else {
                effects.append(.reply(id, .refused("no worker has joined yet; try again when status shows one")))
                return
            }
            let shard = ShardID.of(workflowHash: workflow.hash64, shards: shards)
            let owner = epoch.placement.workers[epoch.placement.owners[shard.value]]
            queries.ask(.workflow(workflow), of: [owner], for: .request(id), at: now)
        case .stuckWorkflows(let limit):
            guard let watermark, !epoch.placement.workers.isEmpty else {
                effects.append(.reply(id, .json(Array("[]".utf8))))
                return
            }
            let before = watermark.advanced(byMicroseconds: -contract.workflows.stuckAfter.inMicroseconds)
            queries.ask(
                .stuck(before: before, limit: limit),
                of: epoch.placement.workers,
                for: .request(id),
                at: now
            )
        case .failedWorkflows(let limit):
            guard !epoch.placement.workers.isEmpty else {
                effects.append(.reply(id, .json(Array("[]".utf8))))
                return
            }
            queries.ask(.failed(limit: limit), of: epoch.placement.workers, for: .request(id), at: now)
        case .nodes:
            effects.append(.reply(id, .json(nodeList(at: now))))
        case .shards:
            effects.append(.reply(id, .json(shardList)))
        case .drain(let node, let undo, let isDryRun):
            drain(node, undo: undo, isDryRun: isDryRun, id, at: now, &effects)
        case .forget(let node, let isDryRun):
            forget(node, isDryRun: isDryRun, id, at: now, &effects)
        case .rebalance(let isDryRun):
            rebalance(isDryRun: isDryRun, id, at: now, &effects)
        case .retryIntents(let ids):
            effects.append(.loadDeadLetters(id, ids))
        case .replayWindows(let query):
            effects.append(.loadClosed(id, query))
        case .settleQuarantine(let ids, let outcome):
            transaction.quarantineChanges.append(QuarantineChange(ids: ids, outcome: outcome, at: now))
            var json = JSONWriter()
            json.object { $0.member("settled", ids.count) }
            effects.append(.reply(id, .json(json.bytes)))
        case .windows, .window, .emissions, .intents, .intent, .quarantine, .quarantinedLine, .rolling, .alerts,
            .alertHistory, .trends:
            effects.append(.reply(id, .refused("this request is answered from the store")))
        }
    }

    mutating func expireQueries(at now: WallTime, _ effects: inout [CoordinatorEffect]) {
        queries.expire(before: now.advanced(byMicroseconds: -limits.queryTimeout.inMicroseconds), &effects)
    }

    /// Provisional records of open windows, with `state` and without the members of an emission. O(open windows).
    public func openRecords(_ query: WindowQuery) -> Page<WindowPosition> {
        var page = Page<WindowPosition>(limit: query.limit)
        let windows = open.keys.filter { query.includes($0) && contract.windows.types.contains($0.type) }
        for window in query.isDescending ? windows.sorted(by: >) : windows.sorted() where page.hasRoom {
            let state = open[window]!
            var json = JSONWriter()
            json.object { json in
                json.member("state", state.machine.state.name)
                WindowRecord(
                    window: window,
                    layout: contract.windows.layout,
                    revision: state.machine.revision,
                    aggregate: state.aggregate
                ).write(into: &json)
            }
            page.add(json.bytes, at: WindowPosition(window: window, revision: state.machine.revision))
        }
        return page
    }

    /// Whether there is a placement, and every ingest has been heard of since the start.
    public var isReady: Bool { !epoch.placement.workers.isEmpty && !workers.isEmpty && membershipChangedAt == nil }

    /// Whether any worker has been heard of.
    public var hasWorkers: Bool { !workers.isEmpty }

    /// As JSON.
    ///
    /// - Parameter term: in which this coordinator leads; nil where there is no other.
    public func status(at now: WallTime, term: Term? = nil) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("status", isReady ? "ready" : "starting")
            json.member("contract", "\(contract.name) \(contract.version)")
            if let term { json.member("term", term.value) }
            json.member("epoch", epoch.epoch.value)
            json.member("shards", shards)
            json.member("watermark", watermark?.description)
            for (name, horizon) in [
                ("max_lateness_ms", contract.windows.maxLateness), ("dedup_horizon_ms", contract.windows.dedupHorizon),
            ] {
                json.key(name)
                if let microseconds = horizon.microseconds { json.value(microseconds / 1000) } else { json.null() }
            }
            json.member("uptime_seconds", (now.microseconds - startedAt.microseconds) / 1_000_000)
            json.key("problems")
            json.array { json in for problem in problems(at: now) { problem.write(into: &json) } }
            json.key("events")
            json.object { json in
                json.member("accepted", tally.accepted)
                json.member("counted", tally.counted)
                json.member("duplicate", tally.duplicates)
                json.member("quarantined", tally.quarantined.values.reduce(0, +))
                json.key("quarantined_by_reason")
                json.object { json in
                    for reason in QuarantineReason.allCases {
                        json.member(reason.rawValue, tally.quarantined[reason, default: 0])
                    }
                }
                json.member("impossible_workflow_transitions", tally.impossibleTransitions)
            }
            json.member("open_windows", open.count)
            json.member("pending_intents", intents.count)
            json.member("flushing", flush != nil)
            json.key("workers")
            json.array { json in
                for (name, worker) in workers.sorted(by: { $0.key < $1.key }) {
                    json.object { json in
                        json.member("name", name.text)
                        json.member("url", worker.presence.dataURL)
                        json.member("shards", epoch.placement.shards(of: name).count)
                        json.member("commits", progress[name]?.number.value ?? 0)
                        json.member(
                            "silent_ms",
                            (now.microseconds - worker.lastSeen.microseconds) / 1000
                        )
                    }
                }
            }
            json.key("ingests")
            json.array { json in
                for (name, ingest) in ingests.sorted(by: { $0.key < $1.key }) {
                    json.object { json in
                        json.member("name", name.text)
                        json.member("accepted", ingest.report.accepted)
                        json.member("last_frame", ingest.report.last.value)
                        json.member("committed_frame", committed(name).value)
                        json.member(
                            "lag_frames",
                            ingest.report.last.value - min(ingest.report.last.value, committed(name).value)
                        )
                        let source = source(name)
                        json.member("newest_event", source.newest?.description)
                        json.member("idle", source.isIdle)
                        json.member(
                            "silent_ms",
                            (now.microseconds - ingest.lastSeen.microseconds) / 1000
                        )
                    }
                }
            }
            json.key("executors")
            json.array { json in
                for name in executors.keys.sorted() { json.value(name.text) }
            }
        }
        return json.bytes
    }
}
