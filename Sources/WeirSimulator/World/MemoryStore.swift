import WeirCluster
import WeirCore
import WeirWire

/// What a machine needs of a coordinator's store, in memory, with the semantics of `SQLStore`. It outlives the process: a transaction
/// is in it whole, or not at all.
final class MemoryStore {
    struct StoredWindow {
        var state: WindowStateMachine.State
        var revision: Int
        var aggregate: [UInt8]?
        var record: [UInt8]?
        var intentID: UUID128?

        var isClosed: Bool { state == .completed || state == .failed }
    }

    struct StoredIntent {
        var new: NewIntent
        var json: [UInt8]
        var state = IntentState.pending
        var attempts = 0
        var availableAt: WallTime
    }

    private(set) var epoch: EpochRecord?
    private(set) var drained: Set<NodeName> = []
    private(set) var progress: [NodeName: WorkerProgress] = [:]
    private(set) var watermark: EventTime?
    private(set) var tally = Tally()
    private(set) var windows: [Window: StoredWindow] = [:]
    private(set) var intents: [UUID128: StoredIntent] = [:]
    private(set) var alertProgress: [String: AlertProgress] = [:]
    private(set) var alerts: [AlertKey: AlertStatus] = [:]
    private(set) var quarantineCount = 0
    /// Transactions applied.
    private(set) var transactions = 0
    /// Starts of stored windows by type, ascending.
    private var starts: [[EventTime]] = WindowType.allCases.map { _ in [] }
    /// Intents in order of arrival.
    private var intentOrder: [UUID128] = []
    private let contract: Contract

    /// What the next accesses come to.
    var fault: () -> StoreFault = { .none }
    /// Of who leads.
    private(set) var term = Term(0)
    var row = LeaderRow()
    /// Told who it is, when a term begins.
    var termBegan: (_ instance: Int) -> Void = { _ in }
    private let checksTerm: Bool
    /// Whether claims compare numbers.
    let checksNumber: Bool

    enum StoreFault {
        case none
        /// Nothing is stored.
        case fails
        /// The transaction is stored, and its owner is told that it is not.
        case failsAfterwards
    }

    /// - Parameters:
    ///   - checksTerm: false to leave out the fence.
    ///   - checksNumber: false to take any claim of an election for its last.
    init(contract: Contract, checksTerm: Bool = true, checksNumber: Bool = true) {
        self.contract = contract
        self.checksTerm = checksTerm
        self.checksNumber = checksNumber
    }

    // MARK: - Writing

    /// - Parameter term: of the coordinator that writes; nil where there is no other.
    func apply(_ transaction: StoreTransaction, in term: Term?) throws(MemoryStoreFailure) {
        let fault = fault()
        if case .fails = fault { throw .injected }
        try write(transaction, in: term)
        if case .failsAfterwards = fault { throw .injected }
    }

    private func write(_ transaction: StoreTransaction, in term: Term?) throws(MemoryStoreFailure) {
        if let term, term != self.term, checksTerm { throw .deposed(term) }
        for new in transaction.intents where intents[new.intent.id] != nil { throw .intentExists(new.intent.id) }
        transactions += 1
        if let epoch = transaction.epoch {
            self.epoch = epoch
            progress = [:]
        }
        for (worker, reached) in transaction.progress {
            // As in tables: inputs that a transaction does not name stay.
            progress[worker, default: reached].number = reached.number
            progress[worker]!.inputs.merge(reached.inputs) { $1 }
        }
        drained = transaction.drained ?? drained
        watermark = transaction.watermark ?? watermark
        tally = transaction.tally ?? tally
        for row in transaction.windows { apply(row) }
        for new in transaction.intents {
            intentOrder.append(new.intent.id)
            intents[new.intent.id] = StoredIntent(
                new: new,
                json: new.intent.json,
                availableAt: new.intent.createdAt
            )
        }
        for change in transaction.intentChanges {
            intents[change.id]?.state = change.state
            intents[change.id]?.attempts = change.attempts
            intents[change.id]?.availableAt = change.availableAt
        }
        quarantineCount += transaction.quarantine.count
        for rule in transaction.alerts.removedRules { alertProgress[rule] = nil }
        for key in transaction.alerts.removed { alerts[key] = nil }
        for reached in transaction.alerts.progress { alertProgress[reached.rule] = reached }
        for status in transaction.alerts.statuses { alerts[status.key] = status }
        if let bound = transaction.dropPanesBefore { compact(.streaming, within: .hourly, before: bound) }
        if let bound = transaction.dropHoursBefore { compact(.hourly, within: .daily, before: bound) }
    }

    /// Gives the row to another leader, or to the same, in the next term.
    func beginTerm(_ row: LeaderRow) -> Term {
        term = Term(term.value + 1)
        self.row = row
        termBegan(row.instance)
        return term
    }

    /// Forgets the aggregates of closed windows that lie in closed longer ones.
    private func compact(_ inner: WindowType, within outer: WindowType, before bound: EventTime) {
        for start in starts[Int(inner.rawValue)] {
            if start >= bound { break }
            let window = Window(type: inner, start: start)
            let around = contract.windows.layout.window(outer, holding: start)
            guard windows[window]!.isClosed, let outer = windows[around], outer.isClosed, outer.aggregate != nil else {
                continue
            }
            windows[window]!.aggregate = nil
        }
    }

    private func apply(_ row: WindowRow) {
        guard var stored = windows[row.window] else {
            windows[row.window] = StoredWindow(
                state: row.state,
                revision: row.revision,
                aggregate: row.aggregate,
                record: row.record,
                intentID: row.intentID
            )
            let type = Int(row.window.type.rawValue)
            let position = starts[type].lastIndex { $0 < row.window.start }.map { $0 + 1 } ?? 0
            starts[type].insert(row.window.start, at: position)
            return
        }
        guard row.revision >= stored.revision else { return }
        stored.state = row.state
        stored.revision = row.revision
        stored.aggregate = row.aggregate ?? stored.aggregate
        stored.record = row.record ?? stored.record
        stored.intentID = row.intentID ?? stored.intentID
        windows[row.window] = stored
    }

    // MARK: - Reading

    /// Committed positions by ingest, then shard: where the epoch began, or what a shard's owner has committed since.
    func positions(shards: Int) -> [(ingest: NodeName, positions: [FrameSequence])] {
        guard let epoch else { return [] }
        var all = epoch.positions
        for (index, worker) in epoch.placement.workers.enumerated() {
            for input in progress[worker]?.inputs.values ?? [:].values {
                var positions = all[input.ingest] ?? [FrameSequence](repeating: .none, count: shards)
                for shard in positions.indices where epoch.placement.owners[shard] == index {
                    positions[shard] = max(positions[shard], input.position)
                }
                all[input.ingest] = positions
            }
        }
        return all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func snapshot() throws(MemoryStoreFailure) -> StoreSnapshot {
        if case .none = fault() {} else { throw .injected }
        var snapshot = StoreSnapshot()
        snapshot.epoch = epoch
        snapshot.drained = drained
        snapshot.progress = progress
        snapshot.watermark = watermark
        snapshot.tally = tally
        snapshot.alertProgress = alertProgress.values.sorted { $0.rule < $1.rule }
        snapshot.alerts = alerts.values.sorted { $0.key < $1.key }
        for type in WindowType.allCases {
            snapshot.latestStarts[type] = starts[Int(type.rawValue)].last
            for start in starts[Int(type.rawValue)] {
                let window = Window(type: type, start: start)
                if windows[window]!.state == .pending { snapshot.openWindows.append(try loaded(window)) }
            }
        }
        snapshot.pendingIntents = intentOrder.compactMap { id in
            guard let intent = intents[id], intent.state == .pending else { return nil }
            // Stuck workflows are looked at where no window is.
            let window = windows[intent.new.window]
            return pending(
                intent,
                wasDeadLettered: window?.revision == intent.new.revision && window?.state == .failed
            )
        }
        return snapshot
    }

    private func pending(_ intent: StoredIntent, wasDeadLettered: Bool) -> PendingIntent {
        PendingIntent(
            id: intent.new.intent.id,
            window: intent.new.window,
            revision: intent.new.revision,
            priority: intent.new.intent.priority,
            attempts: intent.attempts,
            availableAt: intent.availableAt,
            wasDeadLettered: wasDeadLettered
        )
    }

    func deadLetters(_ ids: [UUID128], limit: Int) throws(MemoryStoreFailure) -> [PendingIntent] {
        if case .none = fault() {} else { throw .injected }
        return (ids.isEmpty ? intentOrder : ids).compactMap { intents[$0] }.filter { $0.state == .failed }
            .prefix(limit).map { pending($0, wasDeadLettered: true) }
    }

    func closedIntents(_ query: WindowQuery, limit: Int) throws(MemoryStoreFailure) -> [PendingIntent] {
        if case .none = fault() {} else { throw .injected }
        return intentOrder.compactMap { intents[$0] }.filter { intent in
            intent.state != .pending && query.includes(intent.new.window)
                && windows[intent.new.window]?.intentID == intent.new.intent.id
        }.prefix(limit).map { pending($0, wasDeadLettered: $0.state == .failed) }
    }

    func load(_ windows: [Window]) throws(MemoryStoreFailure) -> [LoadedWindow] {
        if case .none = fault() {} else { throw .injected }
        var found: [LoadedWindow] = []
        for window in windows where self.windows[window] != nil { found.append(try loaded(window)) }
        return found
    }

    func intents(_ ids: [UUID128]) throws(MemoryStoreFailure) -> [UUID128: LeasedIntent] {
        if case .none = fault() {} else { throw .injected }
        var found: [UUID128: LeasedIntent] = [:]
        for id in ids {
            guard let intent = intents[id] else { continue }
            found[id] = LeasedIntent(
                id: id,
                correlationID: intent.new.intent.correlationID,
                topic: contract.intents.intentTopic,
                json: intent.json,
                attempt: intent.attempts + 1
            )
        }
        return found
    }

    private func loaded(_ window: Window) throws(MemoryStoreFailure) -> LoadedWindow {
        let stored = windows[window]!
        return LoadedWindow(
            window: window,
            state: stored.state,
            revision: stored.revision,
            aggregate: try aggregate(of: window)
        )
    }

    private func aggregate(of window: Window) throws(MemoryStoreFailure) -> WindowAggregate {
        let stored = windows[window]!
        if window.type == .streaming || stored.isClosed {
            guard let bytes = stored.aggregate else {
                if stored.isClosed { throw .compacted(window) }
                return WindowAggregate(limits: contract.aggregation)
            }
            do throws(DecodingFailure) {
                return try WindowAggregate(decoding: bytes, limits: contract.aggregation)
            } catch { throw .corrupt(window, error) }
        }
        let inner: WindowType =
            switch window.type {
            case .streaming, .hourly: .streaming
            case .daily: .hourly
            case .weekly, .monthly: .daily
            }
        let end = contract.windows.layout.end(of: window)
        var whole = WindowAggregate(limits: contract.aggregation)
        for start in starts[Int(inner.rawValue)] where start >= window.start && start < end {
            whole.merge(try aggregate(of: Window(type: inner, start: start)))
        }
        return whole
    }
}

enum MemoryStoreFailure: Error, CustomStringConvertible {
    case injected
    /// Nobody heard in time what became of it.
    case unanswered
    /// Another has led since this term.
    case deposed(Term)
    /// A second intent under an id: what a unique index refuses.
    case intentExists(UUID128)
    case corrupt(Window, DecodingFailure)
    /// A window is needed that is kept in a longer one alone.
    case compacted(Window)

    var description: String {
        switch self {
        case .injected: "the disk fails (injected)"
        case .unanswered: "the store does not answer"
        case .deposed(let term): "term \(term.value) is over"
        case .intentExists(let id): "intent \(id) is stored already"
        case .compacted(let window): "the aggregate of \(window.type.name) \(window.start) was compacted"
        case .corrupt(let window, let failure):
            "the aggregate of \(window.type.name) \(window.start) can't be read: \(failure)"
        }
    }
}
