import WeirCore

/// What a node makes known of itself in the registries.
struct Announcement: Sendable {
    /// Unique in the cluster.
    var name: String
    /// Kept by the data directory, where there is one.
    var nodeID: String
    var role: String
    /// Where a coordinator is reached; nil for other roles.
    var controlURL: String?
    var contract: Contract

    /// Tags of the service in Consul.
    var tags: [String] {
        let kind = "codegen-metrics-\(contract.nodeType)"
        return ["onex", "bridge", kind, "omninode_bridge", "version:\(WeirVersion.current)", "node_type:\(kind)"]
            + ["role:\(role)"] + contract.windows.types.map { "window_type:\($0.name)" }
    }
}
