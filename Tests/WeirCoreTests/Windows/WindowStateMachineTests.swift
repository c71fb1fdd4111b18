import Testing
import WeirCore

@Suite struct WindowStateMachineTests {
    typealias State = WindowStateMachine.State
    typealias Cause = WindowStateMachine.Cause

    /// Every pair that does something, with the state after it and by how much the revision grows.
    static let steps: [(State, Cause, State, Int)] = [
        (.pending, .watermark, .processing, 0),
        (.pending, .flush, .processing, 0),
        (.processing, .intentStored, .completed, 0),
        (.completed, .lateData, .pending, 1),
        (.completed, .intentDeadLettered, .failed, 0),
        (.failed, .lateData, .pending, 1),
        (.failed, .intentExecuted, .completed, 0),
    ]

    @Test(arguments: State.allCases, Cause.allCases)
    func everyPairDoesWhatTheTableSays(state: State, cause: Cause) {
        var machine = WindowStateMachine(state: state, revision: 3)
        let now = EventTime(microseconds: 77)
        let transition = machine.apply(cause, at: now)
        guard let (_, _, next, growth) = Self.steps.first(where: { $0.0 == state && $0.1 == cause }) else {
            #expect(transition == nil)
            #expect(machine == WindowStateMachine(state: state, revision: 3))
            return
        }
        #expect(machine == WindowStateMachine(state: next, revision: 3 + growth))
        #expect(
            transition
                == WindowStateMachine.Transition(from: state, to: next, cause: cause, revision: 3 + growth, at: now)
        )
    }
}
