import WeirCore

/// All that a process of Weir is configured with; a value with every default in place.
public struct Configuration: Sendable, Hashable {
    /// Of this process: may differ from node to node.
    public var node = NodeConfiguration()
    /// Of the cluster: must be equal on every node.
    public var contract = Contract()

    public init() {}

    /// How far back in event time journals keep frames: `journal.retention`, and the dedup horizon when that is `auto`.
    public var journalRetention: Horizon { node.journal.retention ?? contract.windows.dedupHorizon }
}
