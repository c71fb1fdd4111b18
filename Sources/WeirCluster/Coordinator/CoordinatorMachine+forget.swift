import WeirCore
import WeirWire

extension FrameSequence {
    /// The position of an ingest that was forgotten, for every shard: nothing of its old journal is behind it.
    static let forgotten = FrameSequence(UInt64(Int64.max))
}

// An ingest that does not come back, and its journal neither.
extension CoordinatorMachine {
    /// Goes on without an ingest whose journal is gone. Workers wait for the replay of every ingest that has counted events, because only its
    /// journal tells the ids of these. From the next epoch on they do not wait for this one, and do not know its ids.
    ///
    /// Its positions stay, as ``FrameSequence/forgotten``: should its journal turn up again, its frames would be counted a second time. A new
    /// journal under the same name is welcome.
    mutating func forget(
        _ node: NodeName,
        isDryRun: Bool,
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        if let reason = reasonNotToForget(node) {
            effects.append(.reply(id, reason))
            return
        }
        let committed = committed(node)
        let last = troubles.lost[node]?.lastFrame
        if !isDryRun {
            var positions = positions
            positions[node] = [FrameSequence](repeating: .forgotten, count: shards)
            beginEpoch(Placement(shards: shards, workers: eligibleWorkers, after: epoch.placement), positions, &effects)
            troubles.find(node)
            if drained.remove(node) != nil { transaction.drained = drained }
            effects.append(.note(.ingestForgotten(node, committed: committed, last: last)))
            advanceFlush(at: now, &effects)
        }
        var json = JSONWriter()
        json.object { json in
            json.member("name", node.text)
            json.member("dry_run", isDryRun)
            json.member("epoch", epoch.epoch.value)
            json.member("committed_frame", committed.value)
            json.key("last_frame")
            if let last { json.value(last.value) } else { json.null() }
            json.key("frames_given_up")
            if let last { json.value(last.value - min(last.value, committed.value)) } else { json.null() }
        }
        effects.append(.reply(id, .json(json.bytes)))
    }

    private func reasonNotToForget(_ node: NodeName) -> ControlReply? {
        if ingests[node] != nil {
            return .refused("\(node) is there, and nothing of it is lost; stop it first if it is to go")
        }
        if isForgotten(node) { return .refused("\(node) is forgotten already") }
        guard positions[node] != nil else {
            let waitedFor = positions.keys.filter { ingests[$0] == nil && !isForgotten($0) }.sorted()
            return .notFound(
                "no ingest \(node) is missing: nothing waits for it"
                    + (waitedFor.isEmpty ? "" : "; missing are \(waitedFor.map(\.text).joined(separator: ", "))")
            )
        }
        if eligibleWorkers.isEmpty { return .refused("no worker is in service; start one first, then forget \(node)") }
        return parked.isEmpty ? nil : .refused("commits wait for the store; ask again")
    }

    func isForgotten(_ ingest: NodeName) -> Bool { epoch.positions[ingest]?.first == .forgotten }

    /// What workers have to replay, and from where they count: without what is gone.
    var positionsToReplay: [NodeName: [FrameSequence]] { positions.filter { $0.value.first != .forgotten } }

    /// Lets an ingest take part whose name was forgotten, if its journal is a new one. Returns why not.
    mutating func welcomeBack(
        _ report: IngestReport,
        _ effects: inout [CoordinatorEffect]
    ) -> String? {
        guard report.last == .none else {
            return
                "\(report.name): it was forgotten, and the events of its journal that were counted would be counted again; "
                + "start it with an empty data directory, or under another name"
        }
        guard parked.isEmpty, !eligibleWorkers.isEmpty else {
            return "\(report.name): the cluster is not ready for it; it asks again"
        }
        var positions = positions
        positions[report.name] = nil
        beginEpoch(Placement(shards: shards, workers: eligibleWorkers, after: epoch.placement), positions, &effects)
        return nil
    }
}
