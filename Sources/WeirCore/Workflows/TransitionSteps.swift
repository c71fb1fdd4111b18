/// The one to three transitions that an event causes, in order; without an allocation.
public struct TransitionSteps: Sendable, Hashable, Sequence {
    public typealias Transition = WorkflowStateMachine.Transition

    public let first: Transition
    public let second: Transition?
    public let third: Transition?

    public init(_ first: Transition, _ second: Transition? = nil, _ third: Transition? = nil) {
        self.first = first
        self.second = second
        self.third = third
    }

    public func makeIterator() -> AnyIterator<Transition> {
        var rest = [third, second, first].compactMap { $0 }
        return AnyIterator { rest.popLast() }
    }
}
