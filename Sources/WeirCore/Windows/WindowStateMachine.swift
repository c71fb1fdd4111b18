/// The life of one window: `pending → processing → completed | failed` (SPEC 5), and around again with each revision.
public struct WindowStateMachine: Sendable, Hashable {
    public enum State: UInt8, Sendable, CaseIterable {
        /// Has data that no intent covers. Next: processing.
        case pending = 0
        /// Closing. Next: completed.
        case processing = 1
        /// Its intent is stored. Next: pending (late data), failed.
        case completed = 2
        /// Its intent was dead-lettered. Next: pending (late data), completed (the intent was retried with success).
        case failed = 3

        public var name: String {
            switch self {
            case .pending: "pending"
            case .processing: "processing"
            case .completed: "completed"
            case .failed: "failed"
            }
        }
    }

    /// Why a window changes its state.
    public enum Cause: UInt8, Sendable, CaseIterable {
        case data = 0
        case watermark = 1
        case flush = 2
        case lateData = 3
        case intentStored = 4
        case intentDeadLettered = 5
        case intentExecuted = 6

        public var name: String {
            switch self {
            case .data: "data"
            case .watermark: "watermark"
            case .flush: "flush"
            case .lateData: "late_data"
            case .intentStored: "intent_stored"
            case .intentDeadLettered: "intent_dead_lettered"
            case .intentExecuted: "intent_executed"
            }
        }
    }

    /// One step; `at` is wall clock, microseconds since 1970.
    public struct Transition: Sendable, Hashable {
        /// Nil for the first.
        public var from: State?
        public var to: State
        public var cause: Cause
        public var revision: Int
        public var at: WallTime

        public init(from: State?, to: State, cause: Cause, revision: Int, at: WallTime) {
            self.from = from
            self.to = to
            self.cause = cause
            self.revision = revision
            self.at = at
        }
    }

    public private(set) var state: State
    /// Of the next emission: 0, 1, …
    public private(set) var revision: Int

    /// A window that got its first data.
    public init() {
        state = .pending
        revision = 0
    }

    public init(state: State, revision: Int) {
        self.state = state
        self.revision = revision
    }

    /// Applies a cause; nil when it changes nothing in this state.
    public mutating func apply(_ cause: Cause, at now: EventTime) -> Transition? {
        let next: State
        switch (state, cause) {
        case (.pending, .watermark), (.pending, .flush):
            next = .processing
        case (.processing, .intentStored):
            next = .completed
        case (.completed, .lateData), (.failed, .lateData):
            next = .pending
            revision += 1
        case (.completed, .intentDeadLettered):
            next = .failed
        case (.failed, .intentExecuted):
            next = .completed
        default:
            return nil
        }
        let transition = Transition(from: state, to: next, cause: cause, revision: revision, at: now)
        state = next
        return transition
    }
}
