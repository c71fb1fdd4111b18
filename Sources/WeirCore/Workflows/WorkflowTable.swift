/// The workflows that a worker knows: their machines, and their history of transitions.
///
/// Open addressing from id to entry. Unfinished workflows stay; finished ones leave when they have been silent for longer than the
/// horizon and room is needed.
public struct WorkflowTable: Sendable {
    struct Entry: Sendable {
        var id: UUID128
        var machine: WorkflowStateMachine
        var correlationID: UUID128
        var firstSeen: EventTime
        var firstKind: EventKind
        /// STAGE_COMPLETED events.
        var stages: UInt32 = 0
        var steps = StageSteps()
        var events: UInt32 = 0
        /// At most ``transitionsMax``.
        var transitions: [WorkflowStateMachine.Transition]
    }

    private var entries: [Entry] = []
    /// Entry + 1 by slot, 0 for empty; a power of two.
    private var slots: [UInt32] = []
    /// Names of stages, as entries refer to them; at most ``stageNamesMax``.
    private var stageNames = KeyDictionary()
    private var horizon = EventTime(microseconds: .min)
    /// Most transitions that are kept of one workflow; further ones are counted in the machine and not kept.
    static let transitionsMax = 64

    /// Most names of stages that are kept; further ones are called ``otherStage``.
    public static let stageNamesMax = 4096
    static let otherStage = "__other__"

    public init() {}

    /// The number under which ``apply(_:hash:kind:isRetryable:at:correlationID:stage:)`` knows a stage. O(1): once a batch and name.
    public mutating func code(ofStage name: String) -> UInt16 {
        if stageNames.isEmpty { _ = stageNames.code(of: Self.otherStage) }
        if stageNames.count >= Self.stageNamesMax { return stageNames.code(known: name).map { UInt16($0) } ?? 0 }
        return UInt16(stageNames.code(of: name))
    }

    /// A stage that an event tells of.
    public struct StageStep: Sendable {
        /// 1…8.
        var number: UInt8
        /// What ``code(ofStage:)`` gave.
        var name: UInt16

        public init(number: UInt8, name: UInt16) {
            self.number = number
            self.name = name
        }
    }

    public var count: Int { entries.count }

    /// Applies an event to its workflow. Returns false for one that is impossible in the workflow's state. O(1) amortised.
    public mutating func apply(
        _ id: UUID128,
        hash: UInt64,
        kind: EventKind,
        isRetryable: Bool,
        at time: EventTime,
        correlationID: UUID128,
        stage: StageStep? = nil
    ) -> Bool {
        if entries.count &* 2 >= slots.count { makeRoom() }
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let position = Int(slots[slot] &- 1)
            if entries[position].id == id {
                return update(position, kind, isRetryable, time, stage)
            }
            slot = (slot &+ 1) & mask
        }
        let (machine, transitions) = WorkflowStateMachine.first(kind, isRetryable: isRetryable, at: time)
        entries.append(
            Entry(
                id: id,
                machine: machine,
                correlationID: correlationID,
                firstSeen: time,
                firstKind: kind,
                stages: kind == .stageCompleted ? 1 : 0,
                events: 1,
                transitions: transitions
            )
        )
        if let stage { entries[entries.count - 1].steps.note(stage, at: 0) }
        slots[slot] = UInt32(entries.count)
        return true
    }

    private mutating func update(
        _ position: Int,
        _ kind: EventKind,
        _ isRetryable: Bool,
        _ time: EventTime,
        _ stage: StageStep?
    ) -> Bool {
        entries[position].events &+= 1
        if kind == .stageCompleted { entries[position].stages &+= 1 }
        if let stage {
            entries[position].steps.note(stage, at: time.microseconds &- entries[position].firstSeen.microseconds)
        }
        switch entries[position].machine.apply(kind, isRetryable: isRetryable, at: time) {
        case .unchanged:
            return true
        case .moved(let more):
            keep(more, of: position)
            return true
        case .impossible(let asked):
            keep([asked], of: position)
            return false
        }
    }

    private mutating func keep(_ transitions: [WorkflowStateMachine.Transition], of position: Int) {
        guard entries[position].transitions.count < Self.transitionsMax else { return }
        entries[position].transitions += transitions
    }

    /// What is known of a workflow; nil if nothing.
    public func workflow(_ id: UUID128) -> WorkflowSnapshot? {
        guard !slots.isEmpty else { return nil }
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: id.hash64) & mask
        while slots[slot] != 0 {
            let entry = entries[Int(slots[slot] &- 1)]
            if entry.id == id { return WorkflowSnapshot(entry, stageNames.keys) }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// Unfinished workflows that were silent since before a moment. O(workflows).
    public func stuck(before time: EventTime, limit: Int) -> [WorkflowSnapshot] {
        entries.lazy.filter { !$0.machine.state.isFinal && $0.machine.lastSeen < time }.prefix(limit)
            .map { WorkflowSnapshot($0, stageNames.keys) }
    }

    /// Workflows that have failed, those with the newest event first. O(workflows).
    public func failed(limit: Int) -> [WorkflowSnapshot] {
        let positions = entries.indices.filter { entries[$0].machine.state.hasFailed }
            .sorted {
                let (left, right) = (entries[$0], entries[$1])
                return (left.machine.lastSeen, right.id) > (right.machine.lastSeen, left.id)
            }
        return positions.prefix(limit).map { WorkflowSnapshot(entries[$0], stageNames.keys) }
    }

    /// Number of workflows by state. O(workflows).
    public func countByState() -> [WorkflowStateMachine.State: Int] {
        entries.reduce(into: [:]) { $0[$1.machine.state, default: 0] += 1 }
    }

    /// Allows to forget finished workflows that were silent since before a moment; it happens when room is needed.
    public mutating func forget(before time: EventTime) {
        horizon = max(horizon, time)
    }

    private mutating func makeRoom() {
        if horizon.microseconds != .min {
            entries.removeAll { $0.machine.state.isFinal && $0.machine.lastSeen < horizon }
        }
        var size = max(256, slots.count)
        while entries.count * 4 > size { size *= 2 }
        slots = [UInt32](repeating: 0, count: size)
        for (position, entry) in entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.id.hash64) & (size &- 1)
            while slots[slot] != 0 { slot = (slot &+ 1) & (size &- 1) }
            slots[slot] = UInt32(position + 1)
        }
    }
}

/// What is known of one workflow.
public struct WorkflowSnapshot: Sendable, Hashable {
    /// A stage that was completed.
    public struct Stage: Sendable, Hashable {
        /// 1…8.
        public var number: Int
        public var name: String
        /// Event time, to the millisecond.
        public var at: EventTime

        public init(number: Int, name: String, at: EventTime) {
            self.number = number
            self.name = name
            self.at = at
        }
    }

    public var id: UUID128
    public var correlationID: UUID128
    public var state: WorkflowStateMachine.State
    public var firstSeen: EventTime
    public var lastSeen: EventTime
    public var retries: Int
    public var impossibleTransitions: Int
    public var stagesCompleted: Int
    /// By number.
    public var stages: [Stage]
    public var events: Int
    public var transitions: [WorkflowStateMachine.Transition]

    init(_ entry: WorkflowTable.Entry, _ stageNames: [String]) {
        id = entry.id
        correlationID = entry.correlationID
        state = entry.machine.state
        firstSeen = entry.firstSeen
        lastSeen = entry.machine.lastSeen
        retries = Int(entry.machine.retries)
        impossibleTransitions = Int(entry.machine.impossible)
        stagesCompleted = Int(entry.stages)
        stages = entry.steps.steps(names: stageNames, from: entry.firstSeen)
        events = Int(entry.events)
        transitions = entry.transitions
    }

    public init(
        id: UUID128,
        correlationID: UUID128,
        state: WorkflowStateMachine.State,
        firstSeen: EventTime,
        lastSeen: EventTime,
        retries: Int,
        impossibleTransitions: Int,
        stagesCompleted: Int,
        stages: [Stage] = [],
        events: Int,
        transitions: [WorkflowStateMachine.Transition]
    ) {
        self.id = id
        self.correlationID = correlationID
        self.state = state
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.retries = retries
        self.impossibleTransitions = impossibleTransitions
        self.stagesCompleted = stagesCompleted
        self.stages = stages
        self.events = events
        self.transitions = transitions
    }

    public func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("workflow_id", id.description)
            json.member("correlation_id", correlationID.description)
            json.member("state", state.name)
            json.member("first_seen", firstSeen.description)
            json.member("last_seen", lastSeen.description)
            json.member("retries", retries)
            json.member("impossible_transitions", impossibleTransitions)
            json.member("stages_completed", stagesCompleted)
            json.member("events", events)
            json.key("stages")
            json.array { json in
                for stage in stages {
                    json.object { json in
                        json.member("number", stage.number)
                        json.member("name", stage.name)
                        json.member("at", stage.at.description)
                    }
                }
            }
            json.key("transitions")
            json.array { json in
                for transition in transitions {
                    json.object { json in
                        json.member("from", transition.from?.name)
                        json.member("to", transition.to.name)
                        json.member("at", transition.at.description)
                        json.member("cause", transition.cause.name)
                        json.member("implied", transition.isImplied)
                        json.member("impossible", transition.isImpossible)
                    }
                }
            }
        }
    }
}
