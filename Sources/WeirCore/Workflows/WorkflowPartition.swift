/// A part of a ``WorkflowTable``: entries in order of arrival, and an open-addressing table from id to entry.
struct WorkflowPartition: Sendable {
    private(set) var entries: [WorkflowEntry] = []
    /// Entry + 1 by slot, 0 for empty; a power of two, at most half of them taken.
    private var slots: [UInt32] = []
    /// Transitions for which an entry has no room, by id.
    private var further: [UUID128: [WorkflowStateMachine.Transition]] = [:]

    /// Applies an event to its workflow. Returns false for one that is impossible in the workflow's state. O(1) amortised.
    mutating func apply(
        _ id: UUID128,
        hash: UInt64,
        kind: EventKind,
        isRetryable: Bool,
        at time: EventTime,
        correlationID: UUID128,
        stage: StageStep?,
        forgettingBefore horizon: EventTime
    ) -> Bool {
        if entries.count &* 2 >= slots.count { makeRoom(forgettingBefore: horizon) }
        let slot = slot(of: id, hash: hash)
        if slots[slot] != 0 { return update(Int(slots[slot] &- 1), kind, isRetryable, time, stage) }
        let (machine, steps) = WorkflowStateMachine.first(kind, isRetryable: isRetryable, at: time)
        entries.append(WorkflowEntry(id: id, correlationID: correlationID, firstSeen: time, machine: machine))
        entries[entries.count &- 1].count(kind, stage, at: time)
        slots[slot] = UInt32(entries.count)
        keep(steps, of: entries.count &- 1)
        return true
    }

    private mutating func update(
        _ position: Int,
        _ kind: EventKind,
        _ isRetryable: Bool,
        _ time: EventTime,
        _ stage: StageStep?
    ) -> Bool {
        entries[position].count(kind, stage, at: time)
        switch entries[position].machine.apply(kind, isRetryable: isRetryable, at: time) {
        case .unchanged:
            return true
        case .moved(let steps):
            keep(steps, of: position)
            return true
        case .impossible(let asked):
            keep(asked, of: position)
            return false
        }
    }

    private mutating func keep(_ steps: TransitionSteps, of position: Int) {
        keep(steps.first, of: position)
        if let second = steps.second { keep(second, of: position) }
        if let third = steps.third { keep(third, of: position) }
    }

    private mutating func keep(_ transition: WorkflowStateMachine.Transition, of position: Int) {
        let id = entries[position].id
        // In order: what follows a transition that had no room has none either.
        if further.isEmpty || further[id] == nil, entries[position].keep(transition) { return }
        let count = Int(entries[position].stepCount) + (further[id]?.count ?? 0)
        if count < WorkflowTable.transitionsMax { further[id, default: []].append(transition) }
    }

    /// Reads the slot of a workflow.
    @inline(__always)
    func read(_ hash: UInt64) -> UInt32 {
        slots.isEmpty ? 0 : slots[Int(truncatingIfNeeded: hash) & (slots.count &- 1)]
    }

    func workflow(_ id: UUID128, stageNames: [String]) -> WorkflowSnapshot? {
        guard !slots.isEmpty else { return nil }
        let slot = slot(of: id, hash: id.hash64)
        return slots[slot] == 0 ? nil : snapshot(entries[Int(slots[slot] &- 1)], stageNames: stageNames)
    }

    /// The slot that holds a workflow, or the empty one where it belongs; there are slots.
    @inline(__always)
    private func slot(of id: UUID128, hash: UInt64) -> Int {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0, entries[Int(slots[slot] &- 1)].id != id { slot = (slot &+ 1) & mask }
        return slot
    }

    func snapshot(_ entry: WorkflowEntry, stageNames: [String]) -> WorkflowSnapshot {
        WorkflowSnapshot(entry, transitions: entry.transitions + (further[entry.id] ?? []), stageNames: stageNames)
    }

    private mutating func makeRoom(forgettingBefore horizon: EventTime) {
        if horizon.microseconds != .min {
            entries.removeAll { $0.machine.state.isFinal && $0.machine.lastSeen < horizon }
        }
        var size = max(16, slots.count)
        while entries.count * 3 > size { size *= 2 }
        while entries.count * 8 < size, size > 16 { size /= 2 }
        // A quarter of room ahead: an array that doubles would hold a third of its bytes idle on average.
        entries.reserveCapacity(min(size / 2, entries.count + entries.count / 4 + 8))
        slots = [UInt32](repeating: 0, count: size)
        for (position, entry) in entries.enumerated() {
            slots[slot(of: entry.id, hash: entry.id.hash64)] = UInt32(position + 1)
        }
        if !further.isEmpty {
            let kept = further
            further = [:]
            for entry in entries { if let more = kept[entry.id] { further[entry.id] = more } }
        }
    }
}
