import WeirCore
import WeirWire

/// What a source of Kafka is told.
public enum KafkaSourceInput: Sendable {
    /// The group gave partitions to this reader, or takes them.
    case assigned(Set<KafkaBatch.Partition>)
    case revoked(Set<KafkaBatch.Partition>)
    /// The group has gone on without this reader.
    case lost(Set<KafkaBatch.Partition>)
    /// The ingest has the batch that it was given on disk, or can't take it now.
    case accepted
    case refused
    /// The group has these positions, or could not be told.
    case committed(LogPositions)
    case commitFailed
    case tick
}

/// What a source of Kafka asks of its shell.
public enum KafkaSourceEffect: Sendable {
    /// Give it to the ingest, and answer with `accepted` or `refused`.
    case submit(KafkaBatch)
    /// Begin to read them: where the journal is, or where the group is if that is further; but not yet while the others are paused.
    case assign(Set<KafkaBatch.Partition>)
    case unassign(Set<KafkaBatch.Partition>)
    /// Read no further for now, or go on. Both are for all partitions.
    case pause
    case resume
    /// Tell the group, and answer with `committed` or `commitFailed`; before anything else, if it is urgent.
    case commit(LogPositions, isUrgent: Bool)
}

/// The logic of a source: messages become batches for the ingest, one at a time and in order; what is on disk there is committed to the
/// consumer group, and never more than that.
///
/// The journal is the truth of what has been read, and the group's offsets follow it: they are where another ingest takes up a
/// partition, and it reads again what lies between. Event ids make that harmless.
public struct KafkaSourceMachine: Sendable {
    public struct Limits: Sendable, Hashable {
        /// Bytes that are gathered for the next batch; a single larger message has room.
        public var batchBytes = 1 << 20
        /// Wall clock: between two commits to the group.
        public var commitInterval = Duration.seconds(1)
        /// Wall clock: a commit without an answer is made again after that.
        public var commitAnswerMax = Duration.seconds(15)
        /// Wall clock: pause after a batch was refused.
        public var retryDelay = Duration.milliseconds(100)
        /// Wall clock: how long a partition that the group takes away waits for the batch that is under way.
        public var revocationMax = Duration.seconds(3)
        /// Wall clock: a source that can't go on for longer pauses its partitions, so that it can answer the group.
        public var holdMax = Duration.seconds(1)

        public init() {}
    }

    private struct Submission {
        var batch: KafkaBatch
        /// Nil while the ingest has it.
        var retryAt: WallTime?
    }

    private struct Revocation {
        var partitions: Set<KafkaBatch.Partition>
        var until: WallTime
    }

    private let group: String
    public let limits: Limits
    /// What the next batch is to be. The shell adds to it what it reads while ``hasRoom``.
    public var gathered: KafkaBatch
    private var submission: Submission?
    private var revocation: Revocation?
    public private(set) var assigned: Set<KafkaBatch.Partition> = []
    /// On disk.
    public private(set) var durable: LogPositions
    /// Known to the group.
    public private(set) var committed: LogPositions
    private var isCommitUnderWay = false
    private var lastCommitAt: WallTime?
    private var fullSince: WallTime?
    public private(set) var isPaused = false

    /// - Parameter journal: what the recovered journal has; of another group's it is of no use.
    public init(group: String, limits: Limits = Limits(), journal: LogPositions?) {
        self.group = group
        self.limits = limits
        gathered = KafkaBatch(group: group)
        committed = LogPositions(reader: group)
        durable = journal.flatMap { $0.reader == group ? $0 : nil } ?? LogPositions(reader: group)
    }

    public var hasRoom: Bool { gathered.body.count < limits.batchBytes }
    /// Whether messages are to be waited for: else only events of the group come.
    public var isHeld: Bool { !hasRoom && !isPaused }
    public var isSubmitting: Bool { submission != nil }
    /// What is on disk and the group does not know.
    public var uncommitted: LogPositions { uncommitted(of: assigned) }

    public mutating func receive(_ input: KafkaSourceInput, at now: WallTime) -> [KafkaSourceEffect] {
        var effects: [KafkaSourceEffect] = []
        switch input {
        case .assigned(let partitions):
            assigned.formUnion(partitions)
            effects.append(.assign(partitions))
        case .revoked(let partitions):
            revocation = Revocation(
                partitions: partitions.union(revocation?.partitions ?? []),
                until: now.advanced(byMicroseconds: limits.revocationMax.inMicroseconds)
            )
        case .lost(let partitions):
            letGo(partitions, &effects)
        case .accepted:
            if let batch = submission?.batch { durable.advance(by: batch.positions) }
            submission = nil
        case .refused:
            submission?.retryAt = now.advanced(byMicroseconds: limits.retryDelay.inMicroseconds)
            dropUnassigned()
        case .committed(let positions):
            committed.advance(by: positions)
            isCommitUnderWay = false
        case .commitFailed:
            isCommitUnderWay = false
        case .tick:
            break
        }
        finishRevocation(at: now, &effects)
        submit(at: now, &effects)
        hold(at: now, &effects)
        commit(at: now, &effects)
        return effects
    }

    /// Forgets what was not given to the ingest and what was assigned: the connection to the group is gone.
    public mutating func forgetAssignment() {
        assigned = []
        revocation = nil
        gathered = KafkaBatch(group: group)
        isCommitUnderWay = false
        isPaused = false
        fullSince = nil
        dropUnassigned()
    }

    // MARK: - Batches

    private mutating func submit(at now: WallTime, _ effects: inout [KafkaSourceEffect]) {
        guard revocation == nil else { return }
        if let retryAt = submission?.retryAt {
            guard now >= retryAt else { return }
            submission!.retryAt = nil
            effects.append(.submit(submission!.batch))
        } else if submission == nil, !gathered.isEmpty {
            submission = Submission(batch: gathered)
            effects.append(.submit(gathered))
            gathered = KafkaBatch(group: group)
        }
    }

    /// A batch that the ingest has refused is not given to it again with what belongs to others now.
    private mutating func dropUnassigned() {
        guard submission?.retryAt != nil else { return }
        submission!.batch.drop(Set(submission!.batch.positions.next.keys).subtracting(assigned))
        if submission!.batch.isEmpty { submission = nil }
    }

    private mutating func hold(at now: WallTime, _ effects: inout [KafkaSourceEffect]) {
        if hasRoom {
            fullSince = nil
            if isPaused { effects.append(.resume) }
            isPaused = false
            return
        }
        let since = fullSince ?? now
        fullSince = since
        guard !isPaused, now.microseconds - since.microseconds >= limits.holdMax.inMicroseconds else { return }
        isPaused = true
        effects.append(.pause)
    }

    // MARK: - Group

    private mutating func finishRevocation(at now: WallTime, _ effects: inout [KafkaSourceEffect]) {
        guard let revocation else { return }
        let isUnderWay = submission.map { $0.retryAt == nil } ?? false
        let concerns = submission.map { !revocation.partitions.isDisjoint(with: $0.batch.positions.next.keys) } ?? false
        guard !(isUnderWay && concerns) || now >= revocation.until else { return }
        self.revocation = nil
        let positions = uncommitted(of: revocation.partitions)
        if !positions.next.isEmpty { effects.append(.commit(positions, isUrgent: true)) }
        letGo(revocation.partitions, &effects)
    }

    private mutating func letGo(_ partitions: Set<KafkaBatch.Partition>, _ effects: inout [KafkaSourceEffect]) {
        assigned.subtract(partitions)
        gathered.drop(partitions)
        dropUnassigned()
        effects.append(.unassign(partitions))
    }

    private mutating func commit(at now: WallTime, _ effects: inout [KafkaSourceEffect]) {
        let waited = lastCommitAt.map { now.microseconds - $0.microseconds } ?? .max
        let pause = isCommitUnderWay ? limits.commitAnswerMax : limits.commitInterval
        guard waited >= pause.inMicroseconds else { return }
        let positions = uncommitted
        guard !positions.next.isEmpty else { return }
        isCommitUnderWay = true
        lastCommitAt = now
        effects.append(.commit(positions, isUrgent: false))
    }

    private func uncommitted(of partitions: Set<KafkaBatch.Partition>) -> LogPositions {
        durable.of(partitions.filter { durable.next[$0] ?? 0 > committed.next[$0] ?? 0 })
    }
}
