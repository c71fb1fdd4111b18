/// Aggregates by pane, and the way in for events (`PaneTable+add.swift`).
public struct PaneTable: Sendable {
    public let limits: AggregateLimits
    public let layout: WindowLayout

    /// Aggregates, in order of first use.
    var aggregates: [WindowAggregate] = []
    private(set) var starts: [EventTime] = []
    private var index: [EventTime: Int] = [:]
    /// Positions of panes that were used lately, by the hash of their start, -1 for none: near the border of two panes events jump to
    /// and fro between them.
    private var recent = [Int](repeating: -1, count: 16)
    /// Room for the rows of a batch, in the order in which they are added.
    var rows = PaneRows()
    /// Events added since the last ``removeAll()``.
    public internal(set) var eventCount = 0

    public init(limits: AggregateLimits, layout: WindowLayout) {
        self.limits = limits
        self.layout = layout
    }

    public var isEmpty: Bool { aggregates.isEmpty }
    public var paneCount: Int { aggregates.count }

    /// Pane starts and aggregates in ascending order of start. O(panes log panes).
    public var panes: [(start: EventTime, aggregate: WindowAggregate)] {
        index.sorted { $0.key < $1.key }.map { (start: $0.key, aggregate: aggregates[$0.value]) }
    }

    /// Forgets everything.
    public mutating func removeAll() {
        aggregates.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        index.removeAll(keepingCapacity: true)
        for slot in recent.indices { recent[slot] = -1 }
        eventCount = 0
    }

    /// Adds the aggregate of a pane. O(``WindowAggregate/merge(_:)``).
    public mutating func merge(_ aggregate: WindowAggregate, into start: EventTime) {
        let pane = position(ofPane: start)
        aggregates[pane].merge(aggregate)
        eventCount += aggregate.eventCount
    }

    /// Adds the panes of another table.
    public mutating func merge(_ other: PaneTable) {
        for (start, aggregate) in other.panes { merge(aggregate, into: start) }
    }

    mutating func position(ofPane start: EventTime) -> Int {
        // Fibonacci hashing (D. Knuth, "The Art of Computer Programming", vol. 3, 6.4).
        let hash = UInt64(bitPattern: start.microseconds) &* 0x9E37_79B9_7F4A_7C15
        let slot = Int(truncatingIfNeeded: hash &>> 60)
        let last = recent[slot]
        if last >= 0, starts[last] == start { return last }
        let position = find(start)
        recent[slot] = position
        return position
    }

    private mutating func find(_ start: EventTime) -> Int {
        if let known = index[start] { return known }
        aggregates.append(WindowAggregate(limits: limits))
        starts.append(start)
        index[start] = aggregates.count - 1
        return aggregates.count - 1
    }
}
