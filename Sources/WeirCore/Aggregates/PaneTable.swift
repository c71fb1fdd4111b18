/// Aggregates by pane, and the way in for events: the hot loop of every worker.
public struct PaneTable: Sendable {
    public let limits: AggregateLimits
    public let layout: WindowLayout

    /// Aggregates, in order of first use.
    private var aggregates: [WindowAggregate] = []
    private var starts: [EventTime] = []
    private var index: [EventTime: Int] = [:]
    /// Pane of the event before, which is most often the pane of the next.
    private var current = -1
    /// Positions of panes that were used lately, by the hash of their start, -1 for none: near the border of two panes events jump to
    /// and fro between them.
    private var recent = [Int](repeating: -1, count: 16)
    /// Positions of a batch's keys in the groups of a pane; valid for one call of `add`.
    private var positions: [BatchPositions] = []
    /// Events added since the last ``removeAll()``.
    public private(set) var eventCount = 0

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
        current = -1
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

    /// Adds the events of a batch whose entry in `selected` is true.
    ///
    /// - Parameters:
    ///   - hashes: ``UUID128/hash64`` of the workflow id of each row.
    ///   - selected: one entry a row; nil selects all.
    public mutating func add(_ columns: EventColumns, hashes: [UInt64], selected: [Bool]? = nil) {
        positions = [BatchPositions](repeating: BatchPositions(), count: aggregates.count)
        current = -1
        var cursor = PayloadCursor()
        for row in 0..<columns.count {
            let kind = columns.kinds[row]
            let payload = cursor.next(kind)
            if let selected, !selected[row] { continue }
            let time = columns.times[row]
            if current < 0 || time < starts[current]
                || time.microseconds &- starts[current].microseconds >= layout.paneLength
            {
                current = position(ofPane: layout.pane(holding: time))
            }
            if !positions[current].isReady {
                aggregates[current].prepare(&positions[current], for: columns)
            }
            aggregates[current].add(
                columns,
                row: row,
                payload: payload,
                kind: kind,
                workflowHash: hashes[row],
                positions: &positions[current]
            )
            eventCount &+= 1
        }
    }

    private mutating func position(ofPane start: EventTime) -> Int {
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
        positions.append(BatchPositions())
        index[start] = aggregates.count - 1
        return aggregates.count - 1
    }
}

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
