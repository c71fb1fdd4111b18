import WeirCore
import WeirWire

/// Where a part of some windows came from: a commit, the input that it covers, and the panes that it added to. Stored with what it
/// added, in the same transaction.
public struct Contribution: Sendable, Equatable {
    public var epoch: Epoch
    public var worker: NodeName
    public var number: CommitNumber
    /// Frames that the commit covers beyond the one before it, by ingest; those without news are left out.
    public var inputs: [Input]
    /// Events by pane.
    public var panes: [Pane]

    public struct Input: Sendable, Equatable {
        public var ingest: NodeName
        public var first: FrameSequence
        public var last: FrameSequence

        public init(ingest: NodeName, first: FrameSequence, last: FrameSequence) {
            self.ingest = ingest
            self.first = first
            self.last = last
        }
    }

    public struct Pane: Sendable, Equatable {
        public var start: EventTime
        public var events: Int

        public init(start: EventTime, events: Int) {
            self.start = start
            self.events = events
        }
    }

    public init(epoch: Epoch, worker: NodeName, number: CommitNumber, inputs: [Input], panes: [Pane]) {
        self.epoch = epoch
        self.worker = worker
        self.number = number
        self.inputs = inputs
        self.panes = panes
    }
}

/// A change of a refused line.
public struct QuarantineChange: Sendable, Equatable {
    public var ids: [UInt64]
    public var outcome: QuarantineOutcome
    /// Wall clock.
    public var at: WallTime

    public init(ids: [UInt64], outcome: QuarantineOutcome, at: WallTime) {
        self.ids = ids
        self.outcome = outcome
        self.at = at
    }
}
