import WeirCore
import WeirWire

/// Everything that a coordinator takes up from its store when it starts.
public struct StoreSnapshot: Sendable {
    public var epoch: EpochRecord?
    public var drained: Set<NodeName> = []
    /// Of the stored epoch.
    public var progress: [NodeName: WorkerProgress] = [:]
    public var watermark: EventTime?
    public var tally = Tally()
    /// Windows that are pending or processing, with their aggregates.
    public var openWindows: [LoadedWindow] = []
    /// The latest start of any stored window by type: a window that starts later is new.
    public var latestStarts: [WindowType: EventTime] = [:]
    /// How far the rules of alerts are, and what they watch.
    public var alertProgress: [AlertProgress] = []
    public var alerts: [AlertStatus] = []
    /// Intents in state pending.
    public var pendingIntents: [PendingIntent] = []

    public init() {}
}

/// A window as the store has it.
public struct LoadedWindow: Sendable {
    public var window: Window
    public var state: WindowStateMachine.State
    public var revision: Int
    public var aggregate: WindowAggregate

    public init(window: Window, state: WindowStateMachine.State, revision: Int, aggregate: WindowAggregate) {
        self.window = window
        self.state = state
        self.revision = revision
        self.aggregate = aggregate
    }
}

/// An intent that is yet to be carried out. Its JSON stays in the store.
public struct PendingIntent: Sendable, Equatable {
    public var id: UUID128
    public var window: Window
    public var revision: Int
    public var priority: Int
    public var attempts: Int
    /// Wall clock.
    public var availableAt: WallTime
    /// It was given up before, and its window has failed with it.
    public var wasDeadLettered: Bool

    public init(
        id: UUID128,
        window: Window,
        revision: Int,
        priority: Int,
        attempts: Int,
        availableAt: WallTime,
        wasDeadLettered: Bool = false
    ) {
        self.id = id
        self.window = window
        self.revision = revision
        self.priority = priority
        self.attempts = attempts
        self.availableAt = availableAt
        self.wasDeadLettered = wasDeadLettered
    }
}
