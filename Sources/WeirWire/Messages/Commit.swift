import WeirCore

/// Worker → coordinator: what the worker added since its last commit, and the input that it covers. Applied in one transaction, or
/// not at all.
public struct Commit: Sendable, Equatable {
    public var worker: NodeName
    public var incarnation: Incarnation
    public var epoch: Epoch
    public var number: CommitNumber
    /// Positions reached by ingest; they hold for all shards of the worker.
    public var inputs: [Input]
    /// Encoded ``WindowAggregate`` by start of the pane.
    public var panes: [Pane]
    public var tally: Tally
    public var quarantined: [QuarantineEntry]
    /// Answers to the queries in the last ``CommitReceipt``.
    public var answers: [WorkflowAnswer]
    /// The last commit of this epoch that changed the store and was acknowledged; none before the first. A store that does not have it
    /// has gone back behind its own acknowledgement (an older backup, a replica that lagged), and must not apply what builds on it.
    /// Since protocol 1.1; none from older builds, whose commits are then applied as they were.
    public var follows: CommitNumber
    /// Whether the worker takes nothing more in this epoch, as a receipt has asked, and holds nothing that is not in this commit or an
    /// earlier one. Since protocol 1.3.
    public var isPaused: Bool

    public struct Input: Sendable, Equatable {
        public var ingest: NodeName
        public var position: FrameSequence
        /// Newest event time of the ingest up to the position.
        public var newest: EventTime?
        public var isIdle: Bool

        public init(ingest: NodeName, position: FrameSequence, newest: EventTime?, isIdle: Bool) {
            self.ingest = ingest
            self.position = position
            self.newest = newest
            self.isIdle = isIdle
        }
    }

    public struct Pane: Sendable, Equatable {
        public var start: EventTime
        public var aggregate: [UInt8]

        public init(start: EventTime, aggregate: [UInt8]) {
            self.start = start
            self.aggregate = aggregate
        }
    }

    public init(
        worker: NodeName,
        incarnation: Incarnation,
        epoch: Epoch,
        number: CommitNumber,
        inputs: [Input] = [],
        panes: [Pane] = [],
        tally: Tally = Tally(),
        quarantined: [QuarantineEntry] = [],
        answers: [WorkflowAnswer] = [],
        follows: CommitNumber = .none,
        isPaused: Bool = false
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.epoch = epoch
        self.number = number
        self.inputs = inputs
        self.panes = panes
        self.tally = tally
        self.quarantined = quarantined
        self.answers = answers
        self.follows = follows
        self.isPaused = isPaused
    }

    /// Whether it adds more to the store than answers and signs of life.
    ///
    /// - Parameter reached: what the worker had committed before, by ingest.
    public func isNews(after reached: [NodeName: Input]) -> Bool {
        !panes.isEmpty || !tally.isEmpty || inputs.contains { reached[$0.ingest]?.position != $0.position }
    }
}

/// What became of input lines: `accepted = counted + duplicate + quarantined`.
public struct Tally: Sendable, Equatable {
    public var counted = 0
    public var duplicates = 0
    /// By ``QuarantineReason``.
    public var quarantined: [QuarantineReason: Int] = [:]
    /// Transitions of workflows that can't be.
    public var impossibleTransitions = 0

    public init() {}

    public var accepted: Int { counted + duplicates + quarantined.values.reduce(0, +) }
    public var isEmpty: Bool { accepted == 0 && impossibleTransitions == 0 }

    public mutating func add(_ other: Tally) {
        counted += other.counted
        duplicates += other.duplicates
        quarantined.merge(other.quarantined, uniquingKeysWith: +)
        impossibleTransitions += other.impossibleTransitions
    }
}

/// A quarantined line on its way to the store, with where it came from.
public struct QuarantineEntry: Sendable, Equatable {
    public var ingest: NodeName
    public var sequence: FrameSequence
    public var line: QuarantinedLine

    public init(ingest: NodeName, sequence: FrameSequence, line: QuarantinedLine) {
        self.ingest = ingest
        self.sequence = sequence
        self.line = line
    }
}

/// A worker's answer to a question about a workflow.
public struct WorkflowAnswer: Sendable, Equatable {
    public var query: UInt64
    /// JSON of the workflow; nil when the worker does not know it.
    public var json: [UInt8]?

    public init(query: UInt64, json: [UInt8]?) {
        self.query = query
        self.json = json
    }
}

/// A question about a workflow, to the worker that owns its shard.
public struct WorkflowQuery: Sendable, Equatable {
    public var query: UInt64
    public var subject: Subject

    public enum Subject: Sendable, Equatable {
        case workflow(UUID128)
        /// Unfinished workflows silent since before this moment, at most so many.
        case stuck(before: EventTime, limit: Int)
        /// Workflows that have failed, at most so many, the newest.
        case failed(limit: Int)
    }

    public init(query: UInt64, subject: Subject) {
        self.query = query
        self.subject = subject
    }
}

/// Coordinator → worker: the commit is in the store.
public struct CommitReceipt: Sendable, Equatable {
    public var number: CommitNumber
    public var watermark: EventTime?
    public var queries: [WorkflowQuery]
    /// Whether an epoch is about to begin that takes shards from the worker: it is to take nothing more, and to commit what it has.
    /// Since protocol 1.3; older workers go on, and are not waited for.
    public var asksToPause: Bool

    public init(number: CommitNumber, watermark: EventTime?, queries: [WorkflowQuery], asksToPause: Bool = false) {
        self.number = number
        self.watermark = watermark
        self.queries = queries
        self.asksToPause = asksToPause
    }
}
