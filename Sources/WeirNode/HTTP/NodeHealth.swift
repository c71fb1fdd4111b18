import WeirCore

/// What `/health` says.
public struct NodeHealth: Sendable, Equatable {
    /// Why it can't do its work now, and what can be done; nil when it can.
    public var reason: String?
    public var isReady: Bool { reason == nil }
    public var nodeID: String
    public var nodeType: String
    public var windowType: String
    public var batchSize: Int

    /// Of a coordinator that has others beside it.
    var standing: CoordinatorStanding?

    init(reason: String?, nodeID: String, contract: Contract, standing: CoordinatorStanding? = nil) {
        self.reason = reason
        self.standing = standing
        self.nodeID = nodeID
        nodeType = contract.nodeType
        windowType = contract.windows.types.first?.name ?? WindowType.streaming.name
        batchSize = contract.batches.size
    }

    /// `{"status","node_id","node_type","version","window_type","batch_size"}`, `reason` while it is not ready, and of one
    /// coordinator among several who leads.
    public var json: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("status", isReady ? "ready" : "starting")
            json.member("node_id", nodeID)
            json.member("node_type", nodeType)
            json.member("version", WeirVersion.current)
            json.member("window_type", windowType)
            json.member("batch_size", batchSize)
            if let reason { json.member("reason", reason) }
            standing?.write(into: &json)
        }
        return json.bytes
    }
}
