import Testing
import WeirCore

@testable import WeirNode

@Suite("State machines as the contract states them")
struct StateMachineDefinitionTests {
    @Test("The stated window machine is the one that is built in")
    func window() {
        var steps: Set<Step> = []
        for state in WindowStateMachine.State.allCases {
            for cause in WindowStateMachine.Cause.allCases {
                var machine = WindowStateMachine(state: state, revision: 0)
                if machine.apply(cause, at: EventTime(microseconds: 0)) != nil {
                    steps.insert(Step(from: state.name, to: machine.state.name, cause: cause.name))
                }
            }
        }
        #expect(steps == Step.all(of: .window))
        #expect(Set(WindowStateMachine.State.allCases.map(\.name)) == Set(StateMachineDefinition.window.states))
        #expect(WindowStateMachine().state.name == StateMachineDefinition.window.initial)
    }

    @Test("The stated workflow machine is the one that is built in")
    func workflow() {
        var steps: Set<Step> = []
        var initial: Set<String> = []
        func take(_ transitions: [WorkflowStateMachine.Transition]) {
            for transition in transitions {
                if let from = transition.from {
                    steps.insert(Step(from: from.name, to: transition.to.name, cause: transition.cause.name))
                } else {
                    initial.insert(transition.to.name)
                }
            }
        }
        let events = EventKind.allCases.flatMap { kind in [(kind, false), (kind, true)] }
        /// Goes on from a machine with every event, to a depth that reaches every state from every other.
        func explore(_ machine: WorkflowStateMachine, depth: Int) {
            guard depth > 0 else { return }
            for (kind, isRetryable) in events {
                var next = machine
                let time = EventTime(microseconds: machine.lastSeen.microseconds + 1)
                if case .moved(let transitions) = next.apply(kind, isRetryable: isRetryable, at: time) {
                    take(Array(transitions))
                }
                explore(next, depth: depth - 1)
            }
        }
        for (kind, isRetryable) in events {
            let (machine, transitions) = WorkflowStateMachine.first(
                kind,
                isRetryable: isRetryable,
                at: EventTime(microseconds: 0)
            )
            take(Array(transitions))
            explore(machine, depth: 4)
        }
        #expect(steps == Step.all(of: .workflow))
        #expect(initial == [StateMachineDefinition.workflow.initial])
        #expect(Set(WorkflowStateMachine.State.allCases.map(\.name)) == Set(StateMachineDefinition.workflow.states))
    }

    private struct Step: Hashable {
        var from: String
        var to: String
        var cause: String

        static func all(of definition: StateMachineDefinition) -> Set<Step> {
            Set(
                definition.transitions.flatMap { transition in
                    transition.causes.map { Step(from: transition.from, to: transition.to, cause: $0) }
                }
            )
        }
    }
}
