import WeirCore
import WeirWire

/// What a worker takes over from an epoch into a later one, so that shards which stay with it go on at once: its tables, and what it has
/// counted and not committed.
///
/// The tables may hold nothing that the store does not count, or the events that they hold would be taken for duplicates when they come
/// again. So what is not committed is either carried on, or the worker starts over from the journals.
struct Continuation: Sendable {
    private(set) var fingerprints: FingerprintTable
    private(set) var workflows: WorkflowTable
    /// Whether the tables hold everything that was counted of a shard, and the shard is still this worker's; by shard.
    private(set) var knows: [Bool]
    /// Position up to which rows have been counted, by ingest and shard, in the store or in ``delta``.
    private(set) var counted: [NodeName: [FrameSequence]]
    /// Counted, and not in the store; nil where there is nothing.
    private(set) var delta: Membership.Delta?
    /// By ingest, up to where ``delta`` has rows: nothing may be committed before the stream has come as far.
    private(set) var carried: [NodeName: FrameSequence] = [:]

    /// O(ingests × shards), and for what is not committed O(panes × groups).
    ///
    /// - Parameters:
    ///   - earlier: the worker's part in an earlier epoch, as it ended.
    ///   - assignment: the epoch that follows, with what the store has counted.
    /// - Returns: nil when the worker must start over.
    init?(of earlier: Membership, in assignment: Assignment) {
        let placement = assignment.view.placement
        guard earlier.epoch < assignment.view.epoch, earlier.shards == placement.shards else { return nil }
        var isMine = [Bool](repeating: false, count: placement.shards)
        for shard in placement.shards(of: earlier.name) { isMine[shard.value] = true }
        let known = earlier.knows.indices.filter { earlier.knows[$0] }
        // Of shards that are known to the tables no longer nothing shows whether the store still counts what the tables hold.
        guard !known.isEmpty else { return nil }
        let stored = StoredPositions(assignment.positions)
        let ingests = earlier.ingests.union(assignment.positions.keys)
        fingerprints = earlier.fingerprints
        workflows = earlier.workflows
        counted = assignment.positions

        // What became of the commit whose answer never came shows in the positions that the store has.
        var pending = earlier.delta
        var applied: Commit?
        if let unanswered = earlier.inFlight {
            if stored.areThose(of: known, ingests, { earlier.committed($0, shard: $1, with: unanswered) }) {
                applied = unanswered
            } else if !pending.add(unanswered, limits: earlier.contract.aggregation) {
                return nil
            }
        }
        let committed = { earlier.committed($0, shard: $1, with: applied) }
        if pending.isEmpty {
            // Behind what was acknowledged the store has gone back, and the tables hold what it does not count.
            guard stored.areThere(for: known, ingests, committed) else { return nil }
            knows = isMine.indices.map { shard in
                // Counted further by others meanwhile, it has to be replayed.
                isMine[shard] && earlier.knows[shard]
                    && ingests.allSatisfy { stored.position($0, shard: shard) <= earlier.counted($0, shard: shard) }
            }
        } else {
            guard known.allSatisfy({ isMine[$0] }), stored.areThose(of: known, ingests, committed) else { return nil }
            knows = earlier.knows
            delta = pending
            for ingest in ingests {
                var positions = stored.positions(ingest, shards: placement.shards)
                for shard in known {
                    let position = earlier.counted(ingest, shard: shard)
                    guard position > positions[shard] else { continue }
                    positions[shard] = position
                    carried[ingest] = max(carried[ingest] ?? .none, position)
                }
                if carried[ingest] != nil { counted[ingest] = positions }
            }
        }
    }
}

/// Positions that the store has, by ingest and shard.
private struct StoredPositions {
    private let all: [NodeName: [FrameSequence]]

    init(_ all: [NodeName: [FrameSequence]]) { self.all = all }

    func position(_ ingest: NodeName, shard: Int) -> FrameSequence { all[ingest]?[shard] ?? .none }

    func positions(_ ingest: NodeName, shards: Int) -> [FrameSequence] {
        all[ingest] ?? [FrameSequence](repeating: .none, count: shards)
    }

    /// Whether they are as expected, for every one of the shards and ingests.
    func areThose(of shards: [Int], _ ingests: Set<NodeName>, _ expected: (NodeName, Int) -> FrameSequence) -> Bool {
        ingests.allSatisfy { ingest in shards.allSatisfy { position(ingest, shard: $0) == expected(ingest, $0) } }
    }

    /// Whether they are as far as expected, or further, for every one of the shards and ingests.
    func areThere(for shards: [Int], _ ingests: Set<NodeName>, _ expected: (NodeName, Int) -> FrameSequence) -> Bool {
        ingests.allSatisfy { ingest in shards.allSatisfy { position(ingest, shard: $0) >= expected(ingest, $0) } }
    }
}

extension Membership {
    /// Those of which anything was counted.
    fileprivate var ingests: Set<NodeName> { Set(began.keys).union(counted.keys).union(positions.keys) }

    /// The position that the store has of a shard.
    ///
    /// - Parameter commit: one that has no answer, if it is to be taken for applied.
    fileprivate func committed(_ ingest: NodeName, shard: Int, with commit: Commit? = nil) -> FrameSequence {
        let input = commit?.inputs.first { $0.ingest == ingest }
        return max(
            began[ingest]?[shard] ?? .none,
            input?.position ?? .none,
            reached[ingest]?.position ?? .none
        )
    }

    /// The position up to which a shard that the tables know has been counted.
    fileprivate func counted(_ ingest: NodeName, shard: Int) -> FrameSequence {
        // While it replays, the streams' positions are those of the replay.
        let stream = replay.isEmpty ? positions[ingest] ?? .none : .none
        return max(counted[ingest]?[shard] ?? .none, stream)
    }
}

extension Membership.Delta {
    /// Takes back what a commit would have added. Returns whether it could be read.
    fileprivate mutating func add(_ commit: Commit, limits: AggregateLimits) -> Bool {
        do throws(DecodingFailure) {
            for pane in commit.panes {
                panes.merge(try WindowAggregate(decoding: pane.aggregate, limits: limits), into: pane.start)
            }
        } catch {
            return false
        }
        tally.add(commit.tally)
        quarantined = commit.quarantined + quarantined
        quarantinedBytes += commit.quarantined.reduce(0) { $0 + $1.line.size }
        return true
    }
}
