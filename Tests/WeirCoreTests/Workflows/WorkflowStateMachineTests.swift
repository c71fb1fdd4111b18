import Testing
import WeirCore

@Suite struct WorkflowStateMachineTests {
    typealias State = WorkflowStateMachine.State

    static let t1 = EventTime(microseconds: 1_000_000)
    static let t2 = EventTime(microseconds: 2_000_000)
    static let t3 = EventTime(microseconds: 3_000_000)

    /// A machine in a state that it entered at `t2`.
    static func machine(in state: State) -> WorkflowStateMachine {
        var (machine, _) = WorkflowStateMachine.first(.stageCompleted, at: t2)
        switch state {
        case .pending: break
        case .processing: _ = machine.apply(.started, at: t2)
        case .completed: _ = machine.apply(.completed, at: t2)
        case .failed: _ = machine.apply(.failed, at: t2)
        case .failedRetryable: _ = machine.apply(.failed, isRetryable: true, at: t2)
        }
        precondition(machine.state == state)
        return machine
    }

    /// What an event that is older (`t1`), of the same time (`t2`) or newer (`t3`) than the state does.
    enum Effect {
        case unchanged
        case impossible
        /// The states gone through.
        case moved([State])
    }

    static func expected(_ state: State, _ kind: EventKind, _ retryable: Bool, _ time: EventTime) -> Effect {
        let end: State = kind == .completed ? .completed : retryable ? .failedRetryable : .failed
        switch (state, kind) {
        case (_, .stageCompleted): return .unchanged
        case (.pending, .started): return .moved([.processing])
        case (.pending, _): return .moved([.processing, end])
        case (.processing, .started): return time > t2 ? .impossible : .unchanged
        case (.processing, _): return .moved([end])
        case (.completed, .started), (.failed, .started): return time > t2 ? .impossible : .unchanged
        case (.completed, _), (.failed, _): return .impossible
        case (.failedRetryable, .started): return time >= t2 ? .moved([.processing]) : .unchanged
        case (.failedRetryable, _): return time > t2 ? .moved([.processing, end]) : .impossible
        }
    }

    @Test(arguments: State.allCases, EventKind.allCases)
    func everyEventInEveryStateDoesWhatTheTableSays(state: State, kind: EventKind) {
        for retryable in [false, true] {
            for time in [Self.t1, Self.t2, Self.t3] {
                var machine = Self.machine(in: state)
                let before = machine
                let outcome = machine.apply(kind, isRetryable: retryable, at: time)
                switch (Self.expected(state, kind, retryable, time), outcome) {
                case (.unchanged, .unchanged):
                    #expect(machine.state == state && machine.impossible == before.impossible)
                case (.impossible, .impossible(let asked)):
                    #expect(machine.state == state && machine.impossible == before.impossible + 1)
                    #expect(asked.from == state && asked.cause == kind && asked.at == time && asked.isImpossible)
                case (.moved(let states), .moved(let transitions)):
                    #expect(transitions.map(\.to) == states)
                    #expect(transitions.first.from == state)
                    #expect(transitions.allSatisfy { $0.cause == kind && $0.at == time })
                    #expect(machine.state == states.last)
                    let isRetry = state == .failedRetryable
                    #expect(machine.retries == before.retries + (isRetry ? 1 : 0))
                case (let expected, let outcome):
                    Issue.record("\(state) \(kind) retryable \(retryable) at \(time): \(outcome), not \(expected)")
                }
            }
        }
    }

    @Test func aStoryWithARetryIsToldWhole() {
        var table = WorkflowTable()
        let id = UUID128(high: 1, low: 2)
        @discardableResult
        func apply(_ kind: EventKind, _ time: EventTime, retryable: Bool = false) -> Bool {
            table.apply(
                id,
                hash: id.hash64,
                kind: kind,
                isRetryable: retryable,
                at: time,
                correlationID: UUID128(high: 3, low: 4)
            )
        }
        apply(.started, EventTime(microseconds: 1))
        apply(.failed, EventTime(microseconds: 2), retryable: true)
        apply(.started, EventTime(microseconds: 3))
        apply(.stageCompleted, EventTime(microseconds: 4))
        #expect(apply(.completed, EventTime(microseconds: 5)))
        #expect(!apply(.failed, EventTime(microseconds: 6)))
        let workflow = table.workflow(id)
        #expect(workflow?.state == .completed)
        #expect(workflow?.retries == 1)
        #expect(workflow?.impossibleTransitions == 1)
        #expect(workflow?.stagesCompleted == 1)
        #expect(workflow?.events == 6)
        #expect(
            workflow?.transitions.map(\.to)
                == [.pending, .processing, .failedRetryable, .processing, .completed, .failed]
        )
        #expect(workflow?.transitions.map(\.isImpossible) == [false, false, false, false, false, true])
    }

    @Test func aWorkflowTellsItsStagesInOrderHoweverTheyCame() {
        var table = WorkflowTable()
        let id = UUID128(high: 1, low: 2)
        for (number, name, time) in [(2, "generate", 9_000), (1, "par{se", 3_000), (2, "generate", 9_000)] {
            let code = table.code(ofStage: name)
            _ = table.apply(
                id,
                hash: id.hash64,
                kind: .stageCompleted,
                isRetryable: false,
                at: EventTime(microseconds: Int64(time)),
                correlationID: .zero,
                stage: StageStep(number: UInt8(number), name: code)
            )
        }
        let stages = table.workflow(id)?.stages
        #expect(stages?.map(\.number) == [1, 2])
        #expect(stages?.map(\.name) == ["par{se", "generate"])
        #expect(stages?.map(\.at.microseconds) == [3_000, 9_000])
    }

    @Test func namesOfStagesAreBounded() {
        var table = WorkflowTable()
        let codes = (0..<WorkflowTable.stageNamesMax + 10).map { table.code(ofStage: "stage \($0)") }
        #expect(codes.last == 0 && Set(codes).count == WorkflowTable.stageNamesMax)
        #expect(table.code(ofStage: "stage 0") == codes[0])
    }

    @Test func failedWorkflowsAreListedNewestFirst() {
        var table = WorkflowTable()
        for number in 1...5 {
            let id = UUID128(high: UInt64(number), low: 0)
            _ = table.apply(
                id,
                hash: id.hash64,
                kind: number == 3 ? .completed : .failed,
                isRetryable: number == 2,
                at: EventTime(microseconds: Int64(number)),
                correlationID: .zero
            )
        }
        #expect(table.failed(limit: 10).map(\.id.high) == [5, 4, 2, 1])
        #expect(table.failed(limit: 2).map(\.id.high) == [5, 4])
    }

    @Test func silentWorkflowsAreStuckUntilTheyEnd() {
        var table = WorkflowTable()
        for number in 1...5 {
            let id = UUID128(high: UInt64(number), low: 0)
            _ = table.apply(
                id,
                hash: id.hash64,
                kind: number == 5 ? .completed : .started,
                isRetryable: false,
                at: EventTime(microseconds: Int64(number)),
                correlationID: .zero
            )
        }
        let stuck = table.stuck(before: EventTime(microseconds: 4), limit: 10)
        #expect(stuck.map(\.id.high).sorted() == [1, 2, 3])
        #expect(table.stuck(before: EventTime(microseconds: 4), limit: 2).count == 2)
    }
}
