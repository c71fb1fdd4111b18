import WeirCore

/// Anyone → coordinator.
public enum ControlRequest: Sendable, Equatable {
    /// A worker asks to take part, or for its assignment after the epoch changed.
    case joinWorker(WorkerPresence)
    /// An ingest reports that it is there, and asks for the view.
    case reportIngest(IngestReport)
    case commit(Commit)
    /// An executor asks for intents to carry out, or for none, to say that it is there. What an earlier life of it had leased is free.
    case lease(executor: NodeName, Incarnation, max: Int)
    case report(executor: NodeName, results: [IntentResult])
    case admin(AdminRequest)
    /// A node goes, in order: what it had to tell is told.
    case leave(NodeName, Incarnation)
}

/// A worker that is there.
public struct WorkerPresence: Sendable, Equatable {
    public var name: NodeName
    public var incarnation: Incarnation
    /// Where ingests reach it.
    public var dataURL: String

    public init(name: NodeName, incarnation: Incarnation, dataURL: String) {
        self.name = name
        self.incarnation = incarnation
        self.dataURL = dataURL
    }
}

/// An ingest that is there.
public struct IngestReport: Sendable, Equatable {
    public var name: NodeName
    public var incarnation: Incarnation
    /// Its last acknowledged frame.
    public var last: FrameSequence
    /// The newest flush that it has seen in a view; ``last`` was read after it.
    public var sealedFlush: UInt64?
    /// Lines acknowledged since it started.
    public var accepted: Int
    /// It takes no further events, and everything that it took is on disk up to ``last``.
    public var isDrained: Bool
    /// Why it can take no events, such as a full disk; nil when it can.
    public var trouble: String?

    public init(
        name: NodeName,
        incarnation: Incarnation,
        last: FrameSequence,
        sealedFlush: UInt64?,
        accepted: Int,
        isDrained: Bool = false,
        trouble: String? = nil
    ) {
        self.name = name
        self.incarnation = incarnation
        self.last = last
        self.sealedFlush = sealedFlush
        self.accepted = accepted
        self.isDrained = isDrained
        self.trouble = trouble
    }
}

/// Coordinator → anyone.
public enum ControlReply: Sendable, Equatable {
    /// To a worker that takes part.
    case assigned(Assignment)
    /// To an ingest; and to a worker while the cluster has no placement that includes it: ask again.
    case view(ClusterView)
    case committed(CommitReceipt)
    /// The sender's epoch is not the cluster's, or its incarnation is not the newest of its name.
    case wrongEpoch(Epoch)
    case leased([LeasedIntent])
    case acknowledged
    case json([UInt8])
    /// What was asked for is not there; the text says what.
    case notFound(String)
    /// It can't be done; the text says why and what to do.
    case refused(String)
    /// This coordinator is a standby: ask the one that leads, whose control URL this is, if it is known. Since protocol 1.2; who does
    /// not know it takes it for a reply that can't be read.
    case notLeader(leader: String?)
    /// Who asks may not; the text says who may.
    case forbidden(String)

    /// Why what was asked for is not done, and may be asked for again; nil for an answer.
    public var refusal: String? {
        switch self {
        case .refused(let reason), .forbidden(let reason): reason
        case .assigned, .view, .committed, .wrongEpoch, .leased, .acknowledged, .json, .notFound, .notLeader: nil
        }
    }
}

/// An intent to carry out before its lease ends.
public struct LeasedIntent: Sendable, Equatable {
    public var id: UUID128
    public var correlationID: UUID128
    public var topic: String
    /// The intent's JSON.
    public var json: [UInt8]
    /// 1, 2, …
    public var attempt: Int

    public init(id: UUID128, correlationID: UUID128, topic: String, json: [UInt8], attempt: Int) {
        self.id = id
        self.correlationID = correlationID
        self.topic = topic
        self.json = json
        self.attempt = attempt
    }
}
