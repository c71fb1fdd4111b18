import WeirCore
import WeirWire

/// One atomic change of the coordinator's store. Everything in it is durable, or nothing is.
public struct StoreTransaction: Sendable {
    public var epoch: EpochRecord?
    /// Nodes that are drained, all of them.
    public var drained: Set<NodeName>?
    /// Replaces what is stored for these workers.
    public var progress: [NodeName: WorkerProgress] = [:]
    public var watermark: EventTime?
    /// Totals since the store was made.
    public var tally: Tally?
    /// Inserted or replaced. A row whose revision is below the stored one comes too late, and changes nothing.
    public var windows: [WindowRow] = []
    public var transitions: [WindowTransition] = []
    public var intents: [NewIntent] = []
    public var intentChanges: [IntentChange] = []
    public var results: [ExecutionReport] = []
    public var quarantine: [QuarantineEntry] = []
    public var quarantineChanges: [QuarantineChange] = []
    public var contributions: [Contribution] = []
    public var alerts = AlertChanges()
    /// Aggregates of panes that start before this moment are no longer needed once their hour is closed; their records stay.
    public var dropPanesBefore: EventTime?
    /// Likewise of hours, once their day is closed.
    public var dropHoursBefore: EventTime?

    public init() {}

    public var isEmpty: Bool {
        epoch == nil && drained == nil && progress.isEmpty && watermark == nil && tally == nil && windows.isEmpty
            && transitions.isEmpty
            && intents.isEmpty && intentChanges.isEmpty && results.isEmpty && quarantine.isEmpty
            && quarantineChanges.isEmpty && contributions.isEmpty
            && alerts.isEmpty && dropPanesBefore == nil && dropHoursBefore == nil
    }

    /// Adds a later transaction, so that both are one.
    public mutating func append(_ later: StoreTransaction) {
        if let epoch = later.epoch {
            self.epoch = epoch
            progress = [:]
        }
        drained = later.drained ?? drained
        progress.merge(later.progress) { $1 }
        watermark = later.watermark ?? watermark
        tally = later.tally ?? tally
        windows += later.windows
        transitions += later.transitions
        intents += later.intents
        intentChanges += later.intentChanges
        results += later.results
        quarantine += later.quarantine
        quarantineChanges += later.quarantineChanges
        contributions += later.contributions
        alerts.append(later.alerts)
        dropPanesBefore = later.dropPanesBefore ?? dropPanesBefore
        dropHoursBefore = later.dropHoursBefore ?? dropHoursBefore
    }
}

/// An epoch: its workers, its shard map, and the positions that its shards began with. Storing one clears the stored progress of workers, which
/// belongs to the epoch before.
public struct EpochRecord: Sendable, Equatable {
    public var epoch: Epoch
    public var placement: Placement
    /// By ingest, then shard.
    public var positions: [NodeName: [FrameSequence]]
    /// The lives of the workers that take part, in the order of ``Placement/workers``: they go on when the coordinator starts again.
    public var presences: [WorkerPresence]

    public init(
        epoch: Epoch,
        placement: Placement,
        positions: [NodeName: [FrameSequence]],
        presences: [WorkerPresence] = []
    ) {
        self.epoch = epoch
        self.placement = placement
        self.positions = positions
        self.presences = presences
    }
}

/// The last commit of a worker in the epoch, and the input it covers.
public struct WorkerProgress: Sendable, Equatable {
    public var number: CommitNumber
    public var inputs: [NodeName: Commit.Input]

    public init(number: CommitNumber, inputs: [NodeName: Commit.Input]) {
        self.number = number
        self.inputs = inputs
    }
}

/// A window as it is stored.
public struct WindowRow: Sendable {
    public var window: Window
    public var state: WindowStateMachine.State
    /// Of the newest emission, or of the next while it is pending.
    public var revision: Int
    /// The encoded ``WindowAggregate``; nil leaves what is stored. Of a longer window it is stored when the window closes; while such
    /// a window is pending its aggregate is that of the shorter ones within it.
    public var aggregate: [UInt8]?
    /// JSON of the newest record, with the intent that carries it; nil leaves what is stored.
    public var record: [UInt8]?
    public var intentID: UUID128?

    public init(
        window: Window,
        state: WindowStateMachine.State,
        revision: Int,
        aggregate: [UInt8]? = nil,
        record: [UInt8]? = nil,
        intentID: UUID128? = nil
    ) {
        self.window = window
        self.state = state
        self.revision = revision
        self.aggregate = aggregate
        self.record = record
        self.intentID = intentID
    }
}

/// A step in the life of a window.
public struct WindowTransition: Sendable, Equatable {
    public var window: Window
    public var transition: WindowStateMachine.Transition

    public init(window: Window, transition: WindowStateMachine.Transition) {
        self.window = window
        self.transition = transition
    }
}

/// An intent with the window that it was made for.
public struct NewIntent: Sendable, Equatable {
    public var intent: Intent
    public var window: Window
    public var revision: Int

    public init(intent: Intent, window: Window, revision: Int) {
        self.intent = intent
        self.window = window
        self.revision = revision
    }
}

/// Where an intent stands. Leases are not stored: after a restart every intent that is not final is carried out again.
public enum IntentState: String, Sendable, CaseIterable {
    case pending
    case completed
    /// Dead-lettered: its attempts are used up.
    case failed
}

/// A change of an intent's state.
public struct IntentChange: Sendable, Equatable {
    public var id: UUID128
    public var state: IntentState
    public var attempts: Int
    /// Wall clock: not before.
    public var availableAt: WallTime

    public init(id: UUID128, state: IntentState, attempts: Int, availableAt: WallTime) {
        self.id = id
        self.state = state
        self.attempts = attempts
        self.availableAt = availableAt
    }
}

/// What an executor said of one attempt.
public struct ExecutionReport: Sendable, Equatable {
    public var executor: NodeName
    public var attempt: Int
    public var result: IntentResult

    public init(executor: NodeName, attempt: Int, result: IntentResult) {
        self.executor = executor
        self.attempt = attempt
        self.result = result
    }
}
