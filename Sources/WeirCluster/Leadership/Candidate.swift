import WeirWire

/// Who stands for the leadership in etcd, as the election's key says.
public struct Candidate: Sendable, Hashable, Codable {
    public var name: String
    /// Where others reach it.
    public var url: String
    /// One life of a process: another life of the same name is another candidate.
    public var instance: String

    public init(_ holder: LeaseHolder, instance: String) {
        name = holder.name.text
        url = holder.url
        self.instance = instance
    }

    /// Nil for a name that no node can have.
    public var holder: LeaseHolder? { NodeName(name).map { LeaseHolder(name: $0, url: url) } }
}
