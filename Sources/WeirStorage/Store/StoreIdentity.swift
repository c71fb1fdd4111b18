import WeirCore

/// What is fixed when a cluster is made, and can't change under data that is stored.
public struct StoreIdentity: Sendable, Hashable {
    /// Name and version of the contract: intents' ids are derived from them.
    public var contract: String
    public var shards: Int
    /// Length of a pane in milliseconds.
    public var paneMilliseconds: Int

    public init(contract: Contract, shards: Int) {
        self.contract = "\(contract.name) \(contract.version)"
        self.shards = shards
        paneMilliseconds = Int(contract.windows.layout.paneLength / 1000)
    }
}
