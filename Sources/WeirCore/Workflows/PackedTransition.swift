/// A transition in 8 bytes, its time as a distance from a moment that is kept elsewhere.
struct PackedTransition: Sendable, BitwiseCopyable {
    /// Microseconds in the upper 54 bits, signed; below them, from the lowest on: state before (7 for none) and after in 3 bits each,
    /// cause in 2, implied, impossible.
    private var bits: UInt64

    static let none = PackedTransition(bits: 0)

    private init(bits: UInt64) { self.bits = bits }

    /// Nil when the transition is 285 years or more from `origin`.
    init?(_ transition: WorkflowStateMachine.Transition, since origin: EventTime) {
        let (distance, overflow) = transition.at.microseconds.subtractingReportingOverflow(origin.microseconds)
        guard !overflow, distance >= -1 << 53, distance < 1 << 53 else { return nil }
        var flags = UInt64(transition.from?.rawValue ?? 7)
        flags |= UInt64(transition.to.rawValue) << 3
        flags |= UInt64(transition.cause.rawValue) << 6
        flags |= transition.isImplied ? 1 << 8 : 0
        flags |= transition.isImpossible ? 1 << 9 : 0
        bits = UInt64(bitPattern: distance) << 10 | flags
    }

    func transition(since origin: EventTime) -> WorkflowStateMachine.Transition {
        WorkflowStateMachine.Transition(
            from: WorkflowStateMachine.State(rawValue: UInt8(bits & 7)),
            to: WorkflowStateMachine.State(rawValue: UInt8(bits >> 3 & 7))!,
            at: origin.advanced(byMicroseconds: Int64(bitPattern: bits) >> 10),
            cause: EventKind(rawValue: UInt8(bits >> 6 & 3))!,
            isImplied: bits & 1 << 8 != 0,
            isImpossible: bits & 1 << 9 != 0
        )
    }
}
