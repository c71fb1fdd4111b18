/// The life of one workflow: `pending → processing → completed | failed` (SPEC 5).
///
/// Events may arrive out of order, so the machine compares event times: a STARTED that is older than what ended the workflow only
/// fills in the start. A workflow that ends without a STARTED seen goes through `processing` by implication. What can't be is
/// counted and changes nothing.
public struct WorkflowStateMachine: Sendable, Hashable {
    public enum State: UInt8, Sendable, CaseIterable {
        /// Seen, but no STARTED yet. Next: processing.
        case pending = 0
        /// Started. Next: completed, failed.
        case processing = 1
        /// Ended well. Final.
        case completed = 2
        /// Ended badly, for good. Final.
        case failed = 3
        /// Ended badly; a newer STARTED retries it. Next: processing.
        case failedRetryable = 4

        public var name: String {
            switch self {
            case .pending: "pending"
            case .processing: "processing"
            case .completed: "completed"
            case .failed, .failedRetryable: "failed"
            }
        }

        public var hasFailed: Bool { self == .failed || self == .failedRetryable }
        public var isFinal: Bool { self == .completed || self == .failed || self == .failedRetryable }
    }

    /// One step from state to state.
    public struct Transition: Sendable, Hashable {
        /// Nil for the first: the workflow was not known before.
        public var from: State?
        public var to: State
        /// Event time of the cause.
        public var at: EventTime
        public var cause: EventKind
        /// Whether the step was inferred because the event that should have caused it has not been seen.
        public var isImplied: Bool
        /// Whether the step can't be: it is kept as what an event asked for, and was not made.
        public var isImpossible: Bool

        public init(
            from: State?,
            to: State,
            at: EventTime,
            cause: EventKind,
            isImplied: Bool = false,
            isImpossible: Bool = false
        ) {
            self.from = from
            self.to = to
            self.at = at
            self.cause = cause
            self.isImplied = isImplied
            self.isImpossible = isImpossible
        }
    }

    /// What an event did.
    public enum Outcome: Sendable, Hashable {
        /// Nothing to the state.
        case unchanged
        case moved(TransitionSteps)
        /// It can't be in this state; counted, with the step that the event asked for.
        case impossible(Transition)
    }

    // The largest first, so that the machine takes 21 bytes: a worker holds one for every workflow within the horizon.

    /// Event time of the last transition.
    public private(set) var since: EventTime
    /// Newest event time seen.
    public private(set) var lastSeen: EventTime
    /// Returns from failed to processing. Saturates.
    public private(set) var retries: UInt16 = 0
    /// Impossible transitions. Saturates.
    public private(set) var impossible: UInt16 = 0
    public private(set) var state: State

    /// A workflow of which `kind` is the first event.
    ///
    /// - Returns: the machine, and the transitions up to the state after that event.
    public static func first(
        _ kind: EventKind,
        isRetryable: Bool = false,
        at time: EventTime
    ) -> (WorkflowStateMachine, TransitionSteps) {
        var machine = WorkflowStateMachine(state: .pending, since: time, lastSeen: time)
        let first = Transition(from: nil, to: .pending, at: time, cause: kind)
        guard case .moved(let more) = machine.apply(kind, isRetryable: isRetryable, at: time) else {
            return (machine, TransitionSteps(first))
        }
        return (machine, TransitionSteps(first, more.first, more.second))
    }

    private init(state: State, since: EventTime, lastSeen: EventTime) {
        self.state = state
        self.since = since
        self.lastSeen = lastSeen
    }

    /// Applies an event of the workflow.
    public mutating func apply(_ kind: EventKind, isRetryable: Bool = false, at time: EventTime) -> Outcome {
        defer { lastSeen = max(lastSeen, time) }
        switch (state, kind) {
        case (_, .stageCompleted):
            return .unchanged

        case (.pending, .started):
            return .moved(TransitionSteps(move(to: .processing, at: time, cause: kind)))
        case (.processing, .started):
            // A second start of a running workflow; an older one is a late twin of the first.
            return time > since ? countImpossible(.processing, at: time, cause: kind) : .unchanged
        case (.completed, .started), (.failed, .started):
            return time > since ? countImpossible(.processing, at: time, cause: kind) : .unchanged
        case (.failedRetryable, .started):
            guard time >= since else { return .unchanged }
            countRetry()
            return .moved(TransitionSteps(move(to: .processing, at: time, cause: kind)))

        case (.pending, .completed), (.pending, .failed):
            let implied = move(to: .processing, at: time, cause: kind, isImplied: true)
            return .moved(TransitionSteps(implied, move(to: Self.end(kind, isRetryable), at: time, cause: kind)))
        case (.processing, .completed):
            return .moved(TransitionSteps(move(to: .completed, at: time, cause: kind)))
        case (.processing, .failed):
            // A failure from before the retry that runs now came late.
            if retries > 0, time < since { return .unchanged }
            return .moved(TransitionSteps(move(to: Self.end(kind, isRetryable), at: time, cause: kind)))
        case (.failedRetryable, .completed), (.failedRetryable, .failed):
            guard time > since else { return countImpossible(Self.end(kind, isRetryable), at: time, cause: kind) }
            countRetry()
            let implied = move(to: .processing, at: time, cause: kind, isImplied: true)
            return .moved(TransitionSteps(implied, move(to: Self.end(kind, isRetryable), at: time, cause: kind)))
        case (.completed, .completed), (.completed, .failed), (.failed, .completed), (.failed, .failed):
            return countImpossible(Self.end(kind, isRetryable), at: time, cause: kind)
        }
    }

    private mutating func move(
        to next: State,
        at time: EventTime,
        cause: EventKind,
        isImplied: Bool = false
    ) -> Transition {
        let transition = Transition(from: state, to: next, at: time, cause: cause, isImplied: isImplied)
        state = next
        since = time
        return transition
    }

    private mutating func countRetry() {
        if retries < .max { retries += 1 }
    }

    private mutating func countImpossible(_ asked: State, at time: EventTime, cause: EventKind) -> Outcome {
        if impossible < .max { impossible += 1 }
        return .impossible(Transition(from: state, to: asked, at: time, cause: cause, isImpossible: true))
    }

    private static func end(_ kind: EventKind, _ isRetryable: Bool) -> State {
        kind == .completed ? .completed : isRetryable ? .failedRetryable : .failed
    }
}
