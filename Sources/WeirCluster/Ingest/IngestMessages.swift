import WeirCore
import WeirWire

/// What an ingest is told.
public enum IngestInput: Sendable {
    /// A parsed batch that a producer waits for.
    case batch(IngestBatch)
    /// Every frame up to here is on disk.
    case synced(FrameSequence)
    /// The frames from here on could not be written; their producers must send again.
    case appendFailed(from: FrameSequence, reason: String)
    /// A worker answered the delivery of an epoch.
    case delivered(worker: NodeName, epoch: Epoch, DeliveryReply)
    /// A delivery got no answer.
    case deliveryFailed(worker: NodeName, epoch: Epoch)
    /// What ``IngestEffect/readJournal(worker:epoch:from:)`` asked for; empty when the journal has nothing there.
    case journal(worker: NodeName, epoch: Epoch, [JournalledFrame])
    /// The journal could not be read for a worker.
    case journalUnreadable(worker: NodeName, epoch: Epoch)
    case view(ClusterView)
    case tick
}

/// A batch as the parser made it.
public struct IngestBatch: Sendable {
    public var request: RequestID
    /// `nng`, `http`, …
    public var source: String
    /// Of the request, as it came: what it holds in memory while it waits.
    public var bytes: Int
    public var columns: EventColumns
    public var quarantined: [QuarantinedLine]
    /// What of a log it ends with; nil when it is not of a log.
    public var positions: LogPositions?
    /// Source line of a row, for rows that may be too late.
    public var line: @Sendable (Int) -> [UInt8]

    var lineCount: Int { columns.count + quarantined.count }

    public init(
        request: RequestID,
        source: String,
        bytes: Int = 0,
        columns: EventColumns,
        quarantined: [QuarantinedLine],
        positions: LogPositions? = nil,
        line: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.request = request
        self.source = source
        self.bytes = bytes
        self.columns = columns
        self.quarantined = quarantined
        self.positions = positions
        self.line = line
    }
}

/// A frame as it lies in the journal.
public struct JournalledFrame: Sendable {
    public var sequence: FrameSequence
    /// Newest event time of the source up to this frame; nil for none.
    public var newest: EventTime?
    /// An encoded ``Frame``.
    public var payload: [UInt8]

    public init(sequence: FrameSequence, newest: EventTime?, payload: [UInt8]) {
        self.sequence = sequence
        self.newest = newest
        self.payload = payload
    }
}

/// What an ingest asks of its shell.
public enum IngestEffect: Sendable {
    /// Append to the journal and sync; answer with `synced` or `appendFailed`.
    case append(JournalledFrame)
    /// The producer's batch is on disk.
    case acknowledge(RequestID, accepted: Int, quarantined: Int, sequence: FrameSequence)
    /// The producer must send again later.
    case refuse(RequestID, reason: String)
    case deliver(worker: NodeName, url: String, Delivery)
    case readJournal(worker: NodeName, epoch: Epoch, from: FrameSequence)
    case report(IngestReport)
    /// Frames up to here whose events are all older than the moment (nil: never) will not be asked for again.
    case trim(through: FrameSequence, olderThan: EventTime)
    /// A frame in the journal can't be read: it is kept, and skipped.
    case damaged(FrameSequence, reason: String)
}
