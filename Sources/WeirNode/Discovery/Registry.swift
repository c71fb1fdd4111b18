/// A registry in which a node is announced.
protocol Registry: Sendable {
    /// What messages call it.
    var place: String { get }
    /// Wall clock: how often it is looked whether the registry still knows the node, as one that was started anew may not.
    var interval: Duration { get }

    /// Makes the node known, unless it is. Asked again and again.
    func announce() async throws(DiscoveryFailure)
    /// Takes it back.
    func withdraw() async throws(DiscoveryFailure)
}
