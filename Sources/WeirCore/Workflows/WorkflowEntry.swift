/// What a worker keeps of a workflow: 152 bytes, and no reference while it has at most four transitions, as most have.
struct WorkflowEntry: Sendable {
    let id: UUID128
    let correlationID: UUID128
    /// Event time of the first event to arrive; transitions are kept as distances from it.
    let firstSeen: EventTime
    var machine: WorkflowStateMachine
    private(set) var stepCount: UInt8 = 0
    /// STAGE_COMPLETED events.
    private(set) var stages: UInt32 = 0
    private(set) var events: UInt32 = 0
    private(set) var stageSteps = StageSteps()
    private var steps: (PackedTransition, PackedTransition, PackedTransition, PackedTransition) = (
        .none, .none, .none, .none
    )

    static let stepsMax = 4

    init(id: UUID128, correlationID: UUID128, firstSeen: EventTime, machine: WorkflowStateMachine) {
        self.id = id
        self.correlationID = correlationID
        self.firstSeen = firstSeen
        self.machine = machine
    }

    mutating func count(_ kind: EventKind, _ stage: StageStep?, at time: EventTime) {
        events &+= 1
        if kind == .stageCompleted { stages &+= 1 }
        if let stage { stageSteps.note(stage, at: time.microseconds &- firstSeen.microseconds) }
    }

    /// Keeps a transition; false when there is no room for it.
    mutating func keep(_ transition: WorkflowStateMachine.Transition) -> Bool {
        guard stepCount < Self.stepsMax, let packed = PackedTransition(transition, since: firstSeen) else {
            return false
        }
        switch stepCount {
        case 0: steps.0 = packed
        case 1: steps.1 = packed
        case 2: steps.2 = packed
        default: steps.3 = packed
        }
        stepCount += 1
        return true
    }

    /// The transitions that are kept here.
    var transitions: [WorkflowStateMachine.Transition] {
        [steps.0, steps.1, steps.2, steps.3].prefix(Int(stepCount)).map { $0.transition(since: firstSeen) }
    }
}
