/// Walks the payload rows of a batch beside its common rows.
public struct PayloadCursor: Sendable {
    private var stage = 0
    private var completed = 0
    private var failed = 0

    public init() {}

    /// The payload row of the next event, which is of `kind`.
    @inlinable @inline(__always)
    public mutating func next(_ kind: UInt8) -> Int { advance(kind) }

    @usableFromInline
    mutating func advance(_ kind: UInt8) -> Int {
        switch kind {
        case EventKind.stageCompleted.rawValue:
            stage &+= 1
            return stage &- 1
        case EventKind.completed.rawValue:
            completed &+= 1
            return completed &- 1
        case EventKind.failed.rawValue:
            failed &+= 1
            return failed &- 1
        default:
            return 0
        }
    }
}
