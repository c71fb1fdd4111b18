import WeirCore
import WeirWire

/// What a worker is told.
public enum WorkerInput: Sendable {
    case delivery(RequestID, Delivery)
    /// The coordinator's answer to a join or a commit.
    case reply(ControlReply)
    /// The coordinator gave no answer.
    case unanswered
    /// The process is to stop: commit what is here, and go.
    case leave
    case tick
}

/// What a worker asks of its shell.
public enum WorkerEffect: Sendable {
    case answer(RequestID, DeliveryReply)
    /// Ask the coordinator to take part. One request to the coordinator is under way at a time.
    case join(WorkerPresence)
    case commit(Commit)
    /// Tell the coordinator that the worker goes; an acknowledgement ends the machine's work.
    case leave
}

/// The logic of a worker: deliveries become deltas by pane; deltas are committed with the positions that they cover.
///
/// It holds nothing that can't be rebuilt from the journals. With an epoch its shards go on where their last owners have committed: rows up
/// to there only tell it what it must remember (ids and workflows), and of shards that stay with it it knows that (``Continuation``).
public struct WorkerMachine: Sendable {
    /// `outside → joined → outside`.
    private enum State {
        /// Takes no part. Next: joined.
        case outside
        /// Owns shards in an epoch. Next: outside, joined (in a later epoch).
        case joined(Membership)
    }

    public let name: NodeName
    public let incarnation: Incarnation
    let dataURL: String
    let contract: Contract
    let limits: WorkerLimits

    private var state = State.outside
    /// Its part in the last epoch, until it takes part in another.
    private var earlier: Membership?
    /// `staying → leaving → left`
    private enum Departure {
        case staying
        /// Takes no more deliveries. Next: left.
        case leaving
        /// The coordinator knows.
        case left
    }
    private var departure = Departure.staying
    private var isControlBusy = false
    private var lastControlAt: WallTime?
    /// Whether the coordinator has ever answered.
    public private(set) var hasJoined = false

    public init(
        name: NodeName,
        incarnation: Incarnation,
        dataURL: String,
        contract: Contract,
        limits: WorkerLimits
    ) {
        self.name = name
        self.incarnation = incarnation
        self.dataURL = dataURL
        self.contract = contract
        self.limits = limits
    }

    public mutating func receive(_ input: WorkerInput, at now: WallTime) -> [WorkerEffect] {
        var effects: [WorkerEffect] = []
        switch input {
        case .delivery(let request, let delivery):
            effects.append(.answer(request, take(delivery)))
        case .reply(let reply):
            isControlBusy = false
            hasJoined = true
            handle(reply, at: now)
        case .unanswered:
            isControlBusy = false
        case .leave:
            if departure == .staying { departure = .leaving }
        case .tick:
            break
        }
        askCoordinator(at: now, &effects)
        return effects
    }

    var membership: Membership? {
        if case .joined(let membership) = state { membership } else { nil }
    }

    /// The epoch that the worker takes part in; none while outside.
    public var epoch: Epoch {
        if case .joined(let membership) = state { membership.epoch } else { .none }
    }

    /// Whether it only rebuilds what it must remember, and counts nothing yet.
    public var isReplaying: Bool {
        if case .joined(let membership) = state { !membership.replay.isEmpty } else { false }
    }

    /// Whether a workflow's shard is this worker's. Parts that were cut for an earlier placement have rows of others as well.
    public func owns(_ workflow: UUID128) -> Bool {
        if case .joined(let membership) = state { membership.owns(workflow) } else { false }
    }

    /// Whether everything is committed, and the coordinator knows that the worker goes.
    public var hasLeft: Bool { departure == .left }

    /// Events added since the last commit.
    public var uncommittedEvents: Int {
        if case .joined(let membership) = state { membership.delta.panes.eventCount } else { 0 }
    }

    // MARK: - Data

    private mutating func take(_ delivery: Delivery) -> DeliveryReply {
        guard case .joined(var membership) = state else { return .wrongEpoch(.none) }
        guard delivery.epoch == membership.epoch else { return .wrongEpoch(membership.epoch) }
        guard departure == .staying else { return .notReady }
        state = .outside  // Keeps `membership` the only reference to its tables.
        let reply = membership.take(delivery)
        state = .joined(membership)
        return reply
    }

    // MARK: - Control

    private mutating func handle(_ reply: ControlReply, at now: WallTime) {
        switch reply {
        case .assigned(let assignment):
            if case .joined(let membership) = state {
                guard membership.epoch < assignment.view.epoch else { return }
                earlier = membership
                state = .outside
            }
            let continuation = earlier.flatMap { Continuation(of: $0, in: assignment) }
            earlier = nil  // The tables have one owner, so that nothing copies them.
            state = .joined(
                Membership(assignment, continuing: continuation, name: name, contract: contract, limits: limits)
            )
        case .committed(let receipt):
            guard case .joined(var membership) = state else { return }
            state = .outside
            membership.committed(receipt)
            state = .joined(membership)
        case .wrongEpoch:
            // Another epoch began, or another incarnation took over: what was not committed is carried on, or comes again from the journals.
            if case .joined(let membership) = state { earlier = membership }
            state = .outside
        case .acknowledged:
            if departure == .leaving {
                departure = .left
                state = .outside
                earlier = nil
            }
        case .view, .refused, .forbidden, .notFound, .notLeader, .leased, .json:
            break
        }
    }

    /// Wall clock: pause between requests to take part, in microseconds.
    private static let joinInterval: Int64 = 50_000

    private mutating func askCoordinator(at now: WallTime, _ effects: inout [WorkerEffect]) {
        guard !isControlBusy, departure != .left else { return }
        let waited = lastControlAt.map { now.microseconds - $0.microseconds } ?? .max
        switch state {
        case .outside:
            guard waited >= Self.joinInterval else { return }
            effects.append(
                departure == .leaving
                    ? .leave : .join(WorkerPresence(name: name, incarnation: incarnation, dataURL: dataURL))
            )
        case .joined(let membership) where departure == .leaving && membership.isCommitted:
            effects.append(.leave)
        case .joined(var membership):
            guard departure == .leaving || membership.mustCommit(waited: waited) else { return }
            state = .outside
            effects.append(.commit(membership.nextCommit(incarnation: incarnation)))
            state = .joined(membership)
        }
        isControlBusy = true
        lastControlAt = now
    }
}
