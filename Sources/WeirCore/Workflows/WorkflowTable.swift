/// The workflows that a worker knows: their machines, and their history of transitions.
///
/// 64 partitions by the upper bits of the id's hash, so that no event waits while room is made for all. Unfinished workflows stay;
/// finished ones leave when they have been silent for longer than the horizon and room is needed. About 170 bytes a workflow.
///
/// Hot: once an event. 57 ns on a busy machine where simdjson takes 255 ns to read the event (`weir-bench`, loop `workflows`).
public struct WorkflowTable: Sendable {
    private var partitions = [WorkflowPartition](repeating: WorkflowPartition(), count: 64)
    /// Names of stages, as entries refer to them; at most ``stageNamesMax``.
    private var stageNames = KeyDictionary()
    private var horizon = EventTime(microseconds: .min)
    /// Most transitions that are kept of one workflow; further ones are counted in the machine and not kept.
    static let transitionsMax = 64
    /// Most names of stages that are kept; further ones are called ``otherStage``.
    public static let stageNamesMax = 4096
    static let otherStage = "__other__"
    /// Takes what ``load(_:)`` read, so that the reads are made.
    private var sink: UInt32 = 0

    public init() {}

    /// The number under which ``apply(_:hash:kind:isRetryable:at:correlationID:stage:)`` knows a stage. O(1): once a batch and name.
    public mutating func code(ofStage name: String) -> UInt16 {
        if stageNames.isEmpty { _ = stageNames.code(of: Self.otherStage) }
        if stageNames.count >= Self.stageNamesMax { return stageNames.code(known: name).map { UInt16($0) } ?? 0 }
        return UInt16(stageNames.code(of: name))
    }

    public var count: Int { partitions.reduce(0) { $0 + $1.entries.count } }

    /// Applies an event to its workflow. Returns false for one that is impossible in the workflow's state. O(1) amortised.
    @inline(__always)
    public mutating func apply(
        _ id: UUID128,
        hash: UInt64,
        kind: EventKind,
        isRetryable: Bool,
        at time: EventTime,
        correlationID: UUID128,
        stage: StageStep? = nil
    ) -> Bool {
        partitions[Int(truncatingIfNeeded: hash &>> 58)].apply(
            id,
            hash: hash,
            kind: kind,
            isRetryable: isRetryable,
            at: time,
            correlationID: correlationID,
            stage: stage,
            forgettingBefore: horizon
        )
    }

    /// Reads the places of some workflows, as ``FingerprintTable/load(_:)`` does for events.
    @inline(__always)
    public mutating func load(_ hashes: UnsafeBufferPointer<UInt64>) {
        var read: UInt32 = 0
        partitions.withUnsafeBufferPointer { partitions in
            for hash in hashes { read ^= partitions[Int(truncatingIfNeeded: hash &>> 58)].read(hash) }
        }
        sink &+= read
    }

    /// What is known of a workflow; nil if nothing.
    public func workflow(_ id: UUID128) -> WorkflowSnapshot? {
        partitions[Int(truncatingIfNeeded: id.hash64 &>> 58)].workflow(id, stageNames: stageNames.keys)
    }

    /// Unfinished workflows that were silent since before a moment. O(workflows).
    public func stuck(before time: EventTime, limit: Int) -> [WorkflowSnapshot] {
        var found: [WorkflowSnapshot] = []
        for partition in partitions {
            for entry in partition.entries where !entry.machine.state.isFinal && entry.machine.lastSeen < time {
                guard found.count < limit else { return found }
                found.append(partition.snapshot(entry, stageNames: stageNames.keys))
            }
        }
        return found
    }

    /// Workflows that have failed, those with the newest event first. O(workflows).
    public func failed(limit: Int) -> [WorkflowSnapshot] {
        let found = partitions.indices.flatMap { part in
            partitions[part].entries.lazy.filter(\.machine.state.hasFailed)
                .map { (part: part, lastSeen: $0.machine.lastSeen, id: $0.id) }
        }
        return found.sorted { ($0.lastSeen, $1.id) > ($1.lastSeen, $0.id) }.prefix(limit)
            .compactMap { partitions[$0.part].workflow($0.id, stageNames: stageNames.keys) }
    }

    /// Number of workflows by state. O(workflows).
    public func countByState() -> [WorkflowStateMachine.State: Int] {
        partitions.reduce(into: [:]) { counts, partition in
            for entry in partition.entries { counts[entry.machine.state, default: 0] += 1 }
        }
    }

    /// Allows to forget finished workflows that were silent since before a moment; it happens when room is needed.
    public mutating func forget(before time: EventTime) {
        horizon = max(horizon, time)
    }
}
