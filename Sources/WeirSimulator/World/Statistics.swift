/// What happened in a run, in numbers.
public struct SimulationStatistics: Sendable, Equatable {
    public var messages = 0
    public var drops = 0
    public var duplicates = 0
    public var corruptions = 0
    /// Messages that were held up for long.
    public var stalls = 0
    /// Messages lost to a partition.
    public var cutOff = 0
    public var partitions = 0
    public var crashes = 0
    /// Processes that stood still for a while.
    public var stops = 0
    /// Appends that failed.
    public var diskFailures = 0
    /// Frames that a crash lost before they were synced.
    public var framesLost = 0
    /// Terms in which a coordinator led.
    public var elections = 0
    /// Leaders whose lease ended before they could prolong it.
    public var expiredLeases = 0
    /// Leaders that found that another had led since.
    public var deposedLeaders = 0
    /// What came late to the store's server, or when its line was whole again.
    public var heldUp = 0
    /// Transactions of a term that was over.
    public var refusedTransactions = 0
    /// Claims of the store's row by who had been elected before another.
    public var outdatedClaims = 0
    /// Claims by who is elected all the same, in an etcd that counts anew.
    public var overrulingClaims = 0
    /// Times that etcd lost what it had said.
    public var forgottenElections = 0
    /// Commits that were acknowledged, and that the store has lost.
    public var lostCommits = 0
    /// Transactions that failed.
    public var storeFailures = 0
    public var executionFailures = 0
    public var departures = 0
    public var drains = 0
    public var nodesAdded = 0
    public var nodesRemoved = 0
    public var epochs = 0
    public var commits = 0
    public var flushes = 0
    public var events = 0
    public var counted = 0
    public var repeated = 0
    public var quarantined = 0
    public var tooLate = 0
    public var framesTrimmed = 0
    public var revisions = 0
    public var intents = 0
    public var windows = 0
    public var queries = 0
    /// Producers' requests that were refused with `retry`.
    public var refusals = 0
    /// Virtual time, in microseconds.
    public var time: Int64 = 0

    public init() {}

    public mutating func add(_ other: SimulationStatistics) {
        for (_, field) in Self.fields { self[keyPath: field] += other[keyPath: field] }
        time += other.time
    }

    /// Names and places of the counters, in the order in which they are shown.
    public static var fields: [(name: String, field: WritableKeyPath<SimulationStatistics, Int>)] {
        [
            ("messages", \.messages), ("drops", \.drops), ("duplicates", \.duplicates), ("corruptions", \.corruptions),
            ("stalls", \.stalls), ("partitions", \.partitions), ("cut off", \.cutOff), ("crashes", \.crashes),
            ("stops", \.stops), ("disk failures", \.diskFailures), ("frames lost", \.framesLost),
            ("elections", \.elections), ("expired leases", \.expiredLeases), ("deposed leaders", \.deposedLeaders),
            ("held up", \.heldUp), ("refused transactions", \.refusedTransactions),
            ("outdated claims", \.outdatedClaims), ("overruling claims", \.overrulingClaims),
            ("forgotten elections", \.forgottenElections),
            ("store failures", \.storeFailures), ("lost commits", \.lostCommits),
            ("execution failures", \.executionFailures),
            ("departures", \.departures), ("drains", \.drains), ("nodes added", \.nodesAdded),
            ("nodes removed", \.nodesRemoved), ("epochs", \.epochs),
            ("commits", \.commits), ("flushes", \.flushes), ("queries", \.queries), ("events", \.events),
            ("counted", \.counted), ("repeated", \.repeated), ("quarantined", \.quarantined), ("too late", \.tooLate),
            ("refusals", \.refusals), ("frames trimmed", \.framesTrimmed), ("windows", \.windows),
            ("revisions", \.revisions), ("intents", \.intents),
        ]
    }
}
