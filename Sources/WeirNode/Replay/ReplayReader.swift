/// A source of events that are sent again.
public protocol ReplayReader {
    /// Bytes of the source; nil when that is not known.
    var size: Int? { get }

    /// The next events in order; nil at the end.
    mutating func next() async throws -> ReplayUnit?

    /// Goes on where an earlier run was. Before the first ``next()``.
    mutating func resume(at positions: ReplayPositions) throws

    /// Bytes at the end that are no whole record. Known at the end.
    var tornBytes: Int { get }
}

extension ReplayReader {
    public var tornBytes: Int { 0 }
}
