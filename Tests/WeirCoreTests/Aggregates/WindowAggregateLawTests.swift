import Testing
import WeirCore
import WeirTestSupport

/// Merging is associative, commutative, and equal to adding in one go: to the byte of the encoding, and so of the record.
@Suite struct WindowAggregateLawTests {
    /// Small limits, so that sketches and truncated groups take part.
    static var smallLimits: AggregateLimits {
        var limits = AggregateLimits()
        limits.exactQuantileValues = 20
        limits.exactDistinctValues = 10
        limits.groupKeys = 5
        limits.topWorkflows = 3
        return limits
    }

    static func panes(_ columns: EventColumns, _ limits: AggregateLimits) -> PaneTable {
        var panes = PaneTable(limits: limits, layout: .standard)
        panes.add(columns, hashes: columns.workflowHashes)
        return panes
    }

    static func encoded(_ panes: PaneTable) -> [EventTime: [UInt8]] {
        Dictionary(uniqueKeysWithValues: panes.panes.map { ($0.start, $0.aggregate.encoded) })
    }

    @Test(arguments: 1...20)
    func anySplitAndOrderGiveTheSameAggregates(seed: Int) {
        let limits = seed % 2 == 0 ? Self.smallLimits : AggregateLimits()
        var events = RandomEvents(seed: UInt64(seed))
        let columns = events.columns(1500)
        let whole = Self.encoded(Self.panes(columns, limits))
        #expect(whole.count >= 4)
        let parts = columns.dealt(into: 1 + seed % 9, using: &events.random)
        // Merge two at random until one is left: a random tree, in a random order.
        var tables = parts.map { Self.panes($0, limits) }
        while tables.count > 1 {
            tables.shuffle(using: &events.random)
            let last = tables.removeLast()
            tables[tables.count - 1].merge(last)
        }
        #expect(Self.encoded(tables[0]) == whole)
    }

    @Test(arguments: 1...10)
    func mergeIsAssociativeAndCommutative(seed: Int) {
        var events = RandomEvents(seed: UInt64(100 + seed))
        events.span = 5_000_000
        let aggregates = (0..<3).map { _ in
            Self.panes(events.columns(200), Self.smallLimits).panes[0].aggregate
        }
        func merged(_ left: WindowAggregate, _ right: WindowAggregate) -> WindowAggregate {
            var whole = left
            whole.merge(right)
            return whole
        }
        let (a, b, c) = (aggregates[0], aggregates[1], aggregates[2])
        #expect(merged(merged(a, b), c).encoded == merged(a, merged(b, c)).encoded)
        #expect(merged(a, b).encoded == merged(b, a).encoded)
        #expect(merged(a, WindowAggregate(limits: Self.smallLimits)).encoded == a.encoded)
    }

    @Test func manyGroupKeysKeepTheSameOnesInAnyOrder() {
        var events = RandomEvents(seed: 7)
        events.keys = 20_000
        events.span = 5_000_000
        let columns = events.columns(40_000)
        let whole = Self.panes(columns, AggregateLimits())
        let aggregate = whole.panes[0].aggregate
        #expect(aggregate.eventCount == 40_000)
        var json = JSONWriter()
        json.object { json in
            WindowRecord(
                window: Window(type: .streaming, start: whole.panes[0].start),
                layout: .standard,
                revision: 0,
                aggregate: aggregate
            ).write(into: &json)
        }
        #expect(json.text.contains("\"__other__\""))
        var reversed = PaneTable(limits: AggregateLimits(), layout: .standard)
        for part in columns.dealt(into: 16, using: &events.random) {
            reversed.merge(Self.panes(part, AggregateLimits()))
        }
        #expect(Self.encoded(reversed) == Self.encoded(whole))
    }
}
