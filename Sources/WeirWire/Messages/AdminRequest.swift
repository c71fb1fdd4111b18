import WeirCore

/// What operators ask. Replies are JSON.
public enum AdminRequest: Sendable, Equatable {
    case status
    /// Closes every window once all input that is acknowledged now is committed; answered when their intents are carried out.
    case flush
    /// A page of windows: `{"windows":[…],"next_cursor":…}`.
    case windows(WindowQuery)
    /// One window with where it came from: its revisions, transitions, intents and provenance.
    case window(Window)
    /// Emissions, in the order in which windows closed: `{"last":n,"emissions":[…]}`; none and where the sequence stands for nil.
    case emissions(after: UInt64?, limit: Int)
    case workflow(UUID128)
    case stuckWorkflows(limit: Int)
    case failedWorkflows(limit: Int)
    /// A page of intents: `{"intents":[…],"next_cursor":…}`.
    case intents(IntentQuery)
    /// One intent, whole, with its attempts.
    case intent(UUID128)
    /// A page of refused lines: `{"lines":[…],"next_cursor":…}`.
    case quarantine(QuarantineQuery)
    /// One refused line.
    case quarantinedLine(UInt64)
    /// Refused lines were sent again, or are to be forgotten. Their counts stay.
    case settleQuarantine([UInt64], QuarantineOutcome)
    /// All nodes that are there or drained.
    case nodes
    /// Each shard with its owner and the positions that are committed for it.
    case shards
    /// Takes a node out of service while it runs, or back in. The answer lists the shards that move; a dry run does nothing else.
    case drain(NodeName, undo: Bool, isDryRun: Bool)
    /// An ingest that is lost for good, with its journal, is waited for no longer. The answer says what is given up; a dry run does nothing else.
    case forget(NodeName, isDryRun: Bool)
    /// Places shards so that no worker has more than its share.
    case rebalance(isDryRun: Bool)
    /// The newest intents of closed windows are carried out again, under the same ids. Of the query its type and its span count.
    case replayWindows(WindowQuery)
    /// Dead-lettered intents are pending again, with fresh attempts; all of them for an empty list.
    case retryIntents([UUID128])
    /// The record of the last hour, day, 7 or 30 days up to a moment; up to the watermark for nil.
    case rolling(RollingSpan, at: EventTime?)
    /// How the alerts of the contract's rules are: `{"alerts":[…]}`.
    case alerts(state: String?, limit: Int)
    /// What became of alerts, newest first: `{"transitions":[…]}`.
    case alertHistory(limit: Int)
    case trends(TrendQuery)
}

/// What an operator did with a refused line.
public enum QuarantineOutcome: UInt8, Sendable, CaseIterable {
    /// It was sent to an ingest again; it stays, and is marked.
    case replayed = 0
    /// It is forgotten.
    case dropped = 1
}

/// Which intents to list, newest first.
public struct IntentQuery: Sendable, Equatable {
    /// By name; nil for all.
    public var state: String?
    /// Intents older than this one, by number; nil from the newest.
    public var before: UInt64?
    public var limit: Int

    public init(state: String? = nil, before: UInt64? = nil, limit: Int = 100) {
        self.state = state
        self.before = before
        self.limit = limit
    }
}

/// Which refused lines to list, newest first.
public struct QuarantineQuery: Sendable, Equatable {
    /// By name; nil for all.
    public var reason: String?
    /// Lines older than this one, by id; nil from the newest.
    public var before: UInt64?
    /// Only lines that were not sent again.
    public var isHeld: Bool
    public var limit: Int

    public init(reason: String? = nil, before: UInt64? = nil, isHeld: Bool = false, limit: Int = 100) {
        self.reason = reason
        self.before = before
        self.isHeld = isHeld
        self.limit = limit
    }
}
