/// A configuration can't be used. It names everything that was found wrong, so that one look repairs it.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// At least one; in the order of the files, then environment, flags, and rules between several keys.
    public let problems: [ConfigurationProblem]

    /// One problem a line: `config/weir.yaml:12: node.shards: 0 is not allowed; it must be …`.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
