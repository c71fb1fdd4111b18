/// The ids of a window's intent and record: functions of the contract, the window and the revision, so that whoever computes them
/// again, after a crash or on another node, computes the same.
public struct IntentIDs: Sendable, Hashable {
    public let intent: UUID128
    /// Shared by all revisions of the window.
    public let correlation: UUID128
    /// Of the record as an event.
    public let event: UUID128
    /// Of the window; the key under which its record is published. Shared by all revisions.
    public let aggregation: UUID128

    /// Version 5 UUIDs in the namespace of the contract's name and version, which is itself one in that of URLs.
    public init(contract: Contract, window: Window, revision: Int) {
        let namespace = UUID128(
            namespace: .urlNamespace,
            name: "weir:contract/\(contract.name)/\(contract.version)"
        )
        let name = "\(window.type.name)/\(window.start)"
        intent = UUID128(namespace: namespace, name: "\(name)/\(revision)")
        correlation = UUID128(namespace: namespace, name: name)
        event = UUID128(namespace: intent, name: Intent.recordEventType)
        aggregation = UUID128(namespace: correlation, name: "aggregation")
    }
}
