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

    init(reason: String?, nodeID: String, contract: Contract) {
        self.reason = reason
        self.nodeID = nodeID
        nodeType = contract.nodeType
        windowType = contract.windows.types.first?.name ?? WindowType.streaming.name
        batchSize = contract.batches.size
    }

    /// `{"status","node_id","node_type","version","window_type","batch_size"}`, and `reason` while it is not ready.
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
        }
        return json.bytes
    }
}
