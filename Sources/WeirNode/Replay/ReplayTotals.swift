import WeirCore
import WeirStorage

/// What came of a replay.
public struct ReplayTotals: Sendable {
    /// Events read, and those of them that were selected.
    public var read = 0
    public var selected = 0
    /// Lines of the source that are no valid events, by reason.
    public var refused: [QuarantineReason: Int] = [:]
    /// Event times of what was selected.
    public var span: ClosedRange<EventTime>?
    /// Lines sent and acknowledged, or written.
    public var sent = 0
    /// Of them, lines that went to quarantine on their way in.
    public var quarantined = 0
    public var batches = 0
    /// Requests that had to be sent again.
    public var retries = 0
    /// Bytes of the source.
    public var bytesRead = 0
    /// What can't be read: how often, how many bytes, and the first of them.
    public var lossCount = 0
    public var lossBytes = 0
    public var losses: [JournalLoss] = []
    public var tornBytes = 0
    /// What the cluster made of the lines that it took meanwhile, those of other producers included. Nil when none was asked, or it had not
    /// accounted for all of them in time.
    public var cluster: ClusterShare?

    /// Losses that are told one by one.
    static let lossesMax = 100

    public init() {}

    public var refusedCount: Int { refused.values.reduce(0, +) }

    mutating func add(_ unit: ReplayUnit) {
        read += unit.read
        selected += unit.selected
        refused.merge(unit.refused, uniquingKeysWith: +)
        if let more = unit.span {
            span = span.map { min($0.lowerBound, more.lowerBound)...max($0.upperBound, more.upperBound) } ?? more
        }
        bytesRead = unit.bytesRead
        lossCount += unit.losses.count
        lossBytes += unit.losses.reduce(0) { $0 + $1.bytes }
        losses += unit.losses.prefix(Self.lossesMax - losses.count)
    }
}
