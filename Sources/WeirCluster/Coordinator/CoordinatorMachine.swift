import WeirCore
import WeirWire

/// What a coordinator is told.
public enum CoordinatorInput: Sendable {
    case request(RequestID, ControlRequest)
    /// The connection by which a node spoke has ended, and nothing that came by it is still to be told.
    case disconnected(NodeName, Incarnation)
    /// What ``CoordinatorEffect/load(_:)`` asked for; windows that are not stored are left out.
    case loaded([LoadedWindow])
    /// What ``CoordinatorEffect/loadDeadLetters(_:_:)`` asked for.
    case deadLetters(RequestID, [PendingIntent])
    case tick
}

/// What a coordinator asks of its shell, to be carried out in order.
public enum CoordinatorEffect: Sendable {
    /// Must be durable before any later effect is carried out. If it fails the coordinator must start again from its store.
    case store(StoreTransaction)
    case reply(RequestID, ControlReply)
    /// Reply with these intents, whose JSON is in the store.
    case replyLease(RequestID, [(id: UUID128, attempt: Int)])
    /// Read these windows, and answer with `loaded`. Requests may go on meanwhile.
    case load([Window])
    /// Read these dead-lettered intents (all for an empty list), and answer with `deadLetters`.
    case loadDeadLetters(RequestID, [UUID128])
    /// Read the newest intents of these closed windows, and answer with `deadLetters` as well.
    case loadClosed(RequestID, WindowQuery)
    /// Something an operator should know.
    case note(CoordinatorNote)
}

/// What a coordinator reports as it goes.
public enum CoordinatorNote: Sendable, Equatable {
    case epochBegan(Epoch, workers: [NodeName])
    case workerJoined(NodeName)
    case workerLost(NodeName)
    case workerLeft(NodeName)
    case ingestJoined(NodeName)
    case ingestLost(NodeName)
    case ingestLeft(NodeName)
    /// An operator gave up its journal: every shard had committed it up to a frame, and this was the last that it had acknowledged, if it is known.
    case ingestForgotten(NodeName, committed: FrameSequence, last: FrameSequence?)
    case nodeDrained(NodeName)
    case nodeUndrained(NodeName)
    case windowClosed(Window, revision: Int, events: Int)
    case intentRetried(UUID128, correlation: UUID128, attempts: Int, reason: String)
    case intentDeadLettered(UUID128, correlation: UUID128, reason: String)
    case intentsPendingAgain(Int)
    case flushed(windows: Int)
    /// An alert fires, or is over.
    case alert(isFiring: Bool, severity: AlertRule.Severity?, summary: String)
    /// A worker sent an aggregate that can't be read; nothing of its commit was applied.
    case commitRejected(NodeName, reason: String)
    /// The store does not have a commit that it had acknowledged to a worker. Its shards start again from what the store has.
    case storeLacksCommit(NodeName, has: CommitNumber, acknowledged: CommitNumber)
    /// A worker is in an epoch that the store does not know.
    case storeWentBack(NodeName, epoch: Epoch, acknowledged: Epoch)
}

/// The logic of a coordinator: membership and epochs, commits, watermark, windows, intents. What it knows is in its store: a new
/// machine made from ``StoreSnapshot`` goes on where the last transaction left off.
public struct CoordinatorMachine: Sendable {
    let contract: Contract
    let limits: CoordinatorLimits
    /// Measures work for `aggregation_duration_ms`, which is of the run and not of the record.
    let stopwatch: @Sendable () -> Duration
    let startedAt: WallTime
    /// Whether the store had an epoch when this machine started: then nodes may be at work that it has yet to hear of.
    let hadEpoch: Bool

    // MARK: Membership

    struct Worker: Sendable {
        var presence: WorkerPresence
        /// Wall clock.
        var lastSeen: WallTime
        /// Wall clock: when its connection ended; nil once it has spoken on another one.
        var disconnectedAt: WallTime?

        mutating func hear(at now: WallTime) {
            lastSeen = now
            disconnectedAt = nil
        }
    }
    struct Ingest: Sendable {
        var report: IngestReport
        /// Wall clock.
        var lastSeen: WallTime
    }

    let shards: Int
    /// Workers that an epoch begins with at once; nil to wait until membership is quiet for the settle delay.
    let expectedWorkers: Int?
    var workers: [NodeName: Worker] = [:]
    var ingests: [NodeName: Ingest] = [:]
    var epoch: EpochRecord
    /// The latest epoch that a worker has named. A store that has gone back does not know it, and must not begin it a second time with
    /// another placement.
    var latestEpochHeard = Epoch.none
    /// Nodes that are out of service by an operator's wish, also while they are away.
    var drained: Set<NodeName>
    var membershipChangedAt: WallTime?
    /// Shards have no owner, or are to have another: the next epoch does not wait for membership to be quiet.
    var isMembershipUrgent = false
    /// The next epoch places shards anew with bounded load.
    var isRebalancing = false
    /// Workers that are asked to pause, because the next epoch takes shards from them, and since when.
    var pausing: (workers: Set<NodeName>, since: WallTime)?
    /// Workers that hold nothing of this epoch that is not committed, and take nothing more.
    var paused: Set<NodeName> = []
    /// Progress of workers in this epoch.
    var progress: [NodeName: WorkerProgress]

    // MARK: Windows

    var watermarks: WatermarkTracker
    /// The watermark as the store has it, and when it got it.
    private(set) var storedWatermark: EventTime?
    private(set) var watermarkStoredAt: WallTime?
    var open: [Window: OpenWindow] = [:]
    /// Watermarks that workers have been told with their last two commits of this epoch that had inputs.
    var told: [NodeName: ToldWatermarks] = [:]
    var latestStarts: [WindowType: EventTime]
    var tally: Tally
    /// Commits that wait for windows to be loaded, in order; nothing overtakes them.
    var parked: [(RequestID, Commit)] = []
    var isLoading = false

    // MARK: Intents and operators

    var intents: IntentQueue
    struct Executor: Sendable {
        var incarnation: Incarnation
        /// Wall clock.
        var lastSeen: WallTime
    }
    var executors: [NodeName: Executor] = [:]
    /// Executors that wait for intents, one request each.
    var waitingLeases: [WaitingLease] = []
    struct WaitingLease: Sendable {
        var executor: NodeName
        var request: RequestID
        var max: Int
        /// Wall clock.
        var since: WallTime
    }
    var flush: Flush?
    var waitingFlushes: [RequestID] = []
    var lastFlush: UInt64 = 0
    var queries: WorkflowQueries
    var alerts: AlertEvaluator
    var troubles = Troubles()
    /// By rule, the start of the window that ran when workers were last asked for stuck workflows.
    var askedForStuck: [String: EventTime] = [:]
    /// Alerts of rules that are no more have been ended.
    var hasRetiredAlerts = false
    /// What the current step adds to the store.
    var transaction = StoreTransaction()

    /// - Parameters:
    ///   - snapshot: of the store; an empty one for a new cluster.
    ///   - shards: as the cluster was made with.
    ///   - expectedWorkers: how many workers start together with the coordinator, in its process; nil when workers live in processes of
    ///     their own: those of the stored epoch then go on in it, and are lost only when they stay silent.
    ///   - stopwatch: time since any fixed moment.
    public init(
        contract: Contract,
        limits: CoordinatorLimits,
        shards: Int,
        expectedWorkers: Int?,
        snapshot: StoreSnapshot,
        at now: WallTime,
        stopwatch: @escaping @Sendable () -> Duration
    ) {
        self.contract = contract
        self.limits = limits
        self.shards = shards
        self.expectedWorkers = expectedWorkers
        self.stopwatch = stopwatch
        startedAt = now
        hadEpoch = snapshot.epoch != nil
        epoch =
            snapshot.epoch
            ?? EpochRecord(epoch: .none, placement: Placement(shards: shards, workers: []), positions: [:])
        drained = snapshot.drained
        progress = snapshot.progress
        watermarks = WatermarkTracker(watermark: snapshot.watermark)
        storedWatermark = snapshot.watermark
        latestStarts = snapshot.latestStarts
        tally = snapshot.tally
        // The clock of the process that stored them may have been ahead: no wait is longer than the longest one.
        let latest = now.advanced(byMicroseconds: contract.intents.retry.backoffMax.inMicroseconds)
        let pending = snapshot.pendingIntents.map { intent in
            var intent = intent
            intent.availableAt = min(intent.availableAt, latest)
            return intent
        }
        intents = IntentQueue(retry: contract.intents.retry, pending: pending)
        queries = WorkflowQueries(after: UInt64(bitPattern: now.microseconds))
        alerts = AlertEvaluator(
            settings: contract.alerts,
            layout: contract.windows.layout,
            progress: snapshot.alertProgress,
            statuses: snapshot.alerts
        )
        for window in snapshot.openWindows {
            open[window.window] = OpenWindow(
                aggregate: window.aggregate,
                machine: WindowStateMachine(state: .pending, revision: window.revision),
                reopenedAt: window.revision > 0 ? now : nil
            )
        }
        if expectedWorkers == nil {
            for presence in epoch.presences { workers[presence.name] = Worker(presence: presence, lastSeen: now) }
        }
    }

    public mutating func receive(_ input: CoordinatorInput, at now: WallTime) -> [CoordinatorEffect] {
        var effects: [CoordinatorEffect] = []
        retireAlerts(at: now, &effects)
        switch input {
        case .request(let id, let request):
            handle(request, id, at: now, &effects)
        case .disconnected(let node, let incarnation):
            disconnect(node, incarnation, at: now)
        case .loaded(let windows):
            takeLoaded(windows, at: now, &effects)
        case .deadLetters(let id, let intents):
            retry(intents, id, at: now, &effects)
        case .tick:
            expireNodes(at: now, &effects)
            reconfigureIfDue(at: now, &effects)
            advance(at: now, &effects)
            expireQueries(at: now, &effects)
        }
        let isTick = if case .tick = input { true } else { false }
        if isTick || !transaction.intents.isEmpty { answerLeases(at: now, &effects) }
        if !transaction.isEmpty {
            if let watermark = transaction.watermark { (storedWatermark, watermarkStoredAt) = (watermark, now) }
            effects.insert(.store(transaction), at: 0)
            transaction = StoreTransaction()
        }
        return effects
    }

    private mutating func handle(
        _ request: ControlRequest,
        _ id: RequestID,
        at now: WallTime,
        _ effects: inout [CoordinatorEffect]
    ) {
        switch request {
        case .joinWorker(let presence):
            join(presence, id, at: now, &effects)
        case .reportIngest(let report):
            take(report, id, at: now, &effects)
        case .commit(let commit):
            take(commit, id, at: now, &effects)
        case .lease(let executor, let incarnation, let max):
            lease(to: executor, incarnation, max: max, id, at: now, &effects)
        case .report(let executor, let results):
            take(results, of: executor, at: now, &effects)
            effects.append(.reply(id, .acknowledged))
        case .admin(let request):
            handle(request, id, at: now, &effects)
        case .leave(let node, let incarnation):
            leave(node, incarnation, id, at: now, &effects)
        }
    }

    public var watermark: EventTime? { watermarks.watermark }

    /// The watermark that others may know: one that a restart does not take back. By it ingests trim their journals and workers forget
    /// ids, so a lower one later would let repeated events through.
    var durableWatermark: EventTime? { transaction.watermark ?? storedWatermark }

    /// The view of an ingest, or of anyone.
    func view(for ingest: NodeName?) -> ClusterView {
        ClusterView(
            epoch: epoch.epoch,
            placement: epoch.placement,
            workerURLs: epoch.presences.map(\.dataURL),
            watermark: durableWatermark,
            committed: ingest.map { committed($0) } ?? .none,
            flush: flush?.id,
            isDrained: ingest.map(drained.contains) ?? false
        )
    }
}
