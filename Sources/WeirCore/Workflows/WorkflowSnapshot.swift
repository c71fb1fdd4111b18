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

    init(_ entry: WorkflowEntry, transitions: [WorkflowStateMachine.Transition], stageNames: [String]) {
        id = entry.id
        correlationID = entry.correlationID
        state = entry.machine.state
        firstSeen = entry.firstSeen
        lastSeen = entry.machine.lastSeen
        retries = Int(entry.machine.retries)
        impossibleTransitions = Int(entry.machine.impossible)
        stagesCompleted = Int(entry.stages)
        stages = entry.stageSteps.steps(names: stageNames, from: entry.firstSeen)
        events = Int(entry.events)
        self.transitions = transitions
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
