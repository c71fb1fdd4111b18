import WeirCore
import WeirParser

/// The windows that the events of a run should have made: the lanes are gone through again after the run, and their lines are parsed,
/// freed of duplicates and aggregated in one thread a lane, as the reducer does it.
public struct ExpectedWindows: Sendable {
    private var panes: PaneTable
    /// Events that count.
    public private(set) var events = 0
    public private(set) var duplicates = 0
    public private(set) var quarantined: [QuarantineReason: Int] = [:]
    private let contract: Contract

    public init(contract: Contract) {
        self.contract = contract
        panes = PaneTable(limits: contract.aggregation, layout: contract.windows.layout)
    }

    /// Goes through the first batches of a lane. O(events).
    ///
    /// - Parameters:
    ///   - lane: a new one, equal to the one that was sent.
    ///   - batches: how many of its batches were sent.
    public mutating func add(_ lane: LoadLane, batches: Int) {
        var lane = lane
        var parser = EventParser(limits: ParserLimits(lineBytesMax: contract.events.lineBytesMax))
        var buffer = LineBuffer(capacity: 1 << 20)
        // An event is repeated in its own lane alone, as a workflow is.
        var seen = FingerprintTable()
        var observer = LaneObserver(contract: contract, origin: lane.origin)
        while lane.taken < batches, lane.next(into: &buffer, observer: &observer) != nil {
            var parsed = ParsedBatch()
            parser.parse(buffer.bytes, into: &parsed)
            let columns = parsed.columns
            let hashes = columns.workflowIDs.map(\.hash64)
            var selected: [Int32] = []
            for row in 0..<columns.count {
                let id = FingerprintTable.fingerprint(event: columns.eventIDs[row], workflowHash: hashes[row])
                if seen.insert(id, at: columns.times[row]) {
                    selected.append(Int32(row))
                } else {
                    duplicates += 1
                }
            }
            panes.add(columns, hashes: hashes, selected: selected)
            for line in parsed.quarantined { quarantined[line.reason, default: 0] += 1 }
        }
        events = panes.eventCount
    }

    public mutating func merge(_ other: ExpectedWindows) {
        panes.merge(other.panes)
        events = panes.eventCount
        duplicates += other.duplicates
        quarantined.merge(other.quarantined, uniquingKeysWith: +)
    }

    /// Windows of a type with their aggregates, by start. O(panes).
    public func windows(_ type: WindowType) -> [(window: Window, aggregate: WindowAggregate)] {
        var windows: [(window: Window, aggregate: WindowAggregate)] = []
        // Panes come in order of start, so a window's panes are neighbours.
        for (start, aggregate) in panes.panes {
            let window = contract.windows.layout.window(type, holding: start)
            if windows.last?.window == window {
                windows[windows.count - 1].aggregate.merge(aggregate)
            } else {
                windows.append((window, aggregate))
            }
        }
        return windows
    }
}
