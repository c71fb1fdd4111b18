import WeirCore

/// A state machine as `contracts/fsm.yaml` states it. What Weir does is built in (SPEC 5): a contract that states
/// something else is an error.
struct StateMachineDefinition: Sendable, Hashable {
    /// A step that the machine takes, with everything that can cause it.
    struct Transition: Sendable, Hashable {
        var from: String
        var to: String
        var causes: Set<String>
    }

    /// The group in the file.
    var name: String
    var states: [String]
    var initial: String
    var transitions: [Transition]

    /// ``WeirCore/WorkflowStateMachine``. An end whose STARTED was not seen implies it, hence three causes of
    /// `processing`.
    static let workflow = StateMachineDefinition(
        name: "workflow",
        states: ["pending", "processing", "completed", "failed"],
        initial: "pending",
        transitions: [
            Transition(
                from: "pending",
                to: "processing",
                causes: ["CODEGEN_STARTED", "CODEGEN_COMPLETED", "CODEGEN_FAILED"]
            ),
            Transition(from: "processing", to: "completed", causes: ["CODEGEN_COMPLETED"]),
            Transition(from: "processing", to: "failed", causes: ["CODEGEN_FAILED"]),
            Transition(
                from: "failed",
                to: "processing",
                causes: ["CODEGEN_STARTED", "CODEGEN_COMPLETED", "CODEGEN_FAILED"]
            ),
        ]
    )

    /// ``WeirCore/WindowStateMachine``.
    static let window = StateMachineDefinition(
        name: "window",
        states: ["pending", "processing", "completed", "failed"],
        initial: "pending",
        transitions: [
            Transition(from: "pending", to: "processing", causes: ["watermark", "flush"]),
            Transition(from: "processing", to: "completed", causes: ["intent_stored"]),
            Transition(from: "completed", to: "pending", causes: ["late_data"]),
            Transition(from: "completed", to: "failed", causes: ["intent_dead_lettered"]),
            Transition(from: "failed", to: "pending", causes: ["late_data"]),
            Transition(from: "failed", to: "completed", causes: ["intent_executed"]),
        ]
    )
}

extension StateMachineDefinition.Transition {
    var text: String { "\(from) → \(to)" }

    var yaml: String { "{from: \(from), to: \(to), causes: [\(causes.sorted().joined(separator: ", "))]}" }
}
