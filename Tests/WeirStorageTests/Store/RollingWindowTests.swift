import Testing
import WeirCluster
import WeirCore
import WeirTestSupport

@testable import WeirStorage

/// Rolling windows of a real store against the aggregate of the events in their range.
@Suite struct RollingWindowTests {
    private static let hour: Int64 = 3_600_000_000
    private static let day = 24 * hour
    private let contract = Contract()
    private var layout: WindowLayout { contract.windows.layout }

    /// Events of some days, with the panes that they make.
    private struct Stream {
        var columns: EventColumns
        var panes: [(start: EventTime, aggregate: WindowAggregate)]
        let start: EventTime

        init(seed: UInt64, days: Int64, count: Int, contract: Contract) {
            var events = RandomEvents(seed: seed)
            events.start = EventTime(microseconds: 20_000 * RollingWindowTests.day)
            events.span = days * RollingWindowTests.day
            start = events.start
            columns = events.columns(count)
            var table = PaneTable(limits: contract.aggregation, layout: contract.windows.layout)
            table.add(columns, hashes: columns.workflowHashes)
            panes = table.panes
        }

        func aggregate(from start: EventTime, to end: EventTime, _ contract: Contract) -> WindowAggregate {
            var table = PaneTable(limits: contract.aggregation, layout: contract.windows.layout)
            let selected = columns.times.indices.filter { columns.times[$0] >= start && columns.times[$0] < end }.map {
                Int32($0)
            }
            table.add(columns, hashes: columns.workflowHashes, selected: selected)
            var whole = WindowAggregate(limits: contract.aggregation)
            for pane in table.panes { whole.merge(pane.aggregate) }
            return whole
        }
    }

    /// What a coordinator stores: pending windows, of which those that end by a moment are closed.
    private func fill(_ store: SQLStore, _ stream: Stream, closedUntil moment: EventTime) throws {
        var whole: [Window: WindowAggregate] = [:]
        for pane in stream.panes {
            for type in WindowType.allCases {
                let window = layout.window(type, holding: pane.start)
                whole[window, default: WindowAggregate(limits: contract.aggregation)].merge(pane.aggregate)
            }
        }
        var transaction = StoreTransaction()
        transaction.watermark = moment
        for (window, aggregate) in whole {
            let isClosed = layout.end(of: window) <= moment
            transaction.windows.append(
                WindowRow(
                    window: window,
                    state: isClosed ? .completed : .pending,
                    revision: 0,
                    aggregate: isClosed || window.type == .streaming ? aggregate.encoded : nil
                )
            )
        }
        try store.apply(transaction)
    }

    @Test(arguments: StoreEngine.all) func whilePanesAreThereItIsTheAggregateOfTheEventsInTheRangeBitForBit(
        _ engine: StoreEngine
    ) throws {
        let stores = try StoreFixture(engine)
        let stream = Stream(seed: 5, days: 40, count: 6000, contract: contract)
        let store = try stores.open()
        let closed = stream.start.advanced(byMicroseconds: 37 * Self.day + 7 * Self.hour + 12_345_678)
        try fill(store, stream, closedUntil: closed)
        var random = SplitMix64(seed: 9)
        for round in 0..<60 {
            let span = RollingSpan.allCases[round % 4]
            var offset = Int64(random.next() % UInt64(41 * Self.day))
            if round % 5 == 0 { offset -= offset % Self.hour }
            let moment = stream.start.advanced(byMicroseconds: offset)
            let window = try store.rolling(span, at: moment)
            #expect(window.range.startPrecision == .streaming && window.range.endPrecision == .streaming)
            let expected = stream.aggregate(from: window.range.start, to: window.range.end, contract)
            #expect(window.aggregate == expected, "\(span.name) at \(moment)")
            #expect(window.aggregate.encoded == expected.encoded, "canonical bytes, so the same record")
            #expect(
                window.isClosed(contract.windows) == (window.range.end.advanced(byMicroseconds: 1_000_000) <= closed)
            )
        }
    }

    @Test(arguments: StoreEngine.all) func afterCompactionItIsTheAggregateOfTheRangeThatItNames(_ engine: StoreEngine)
        throws
    {
        let stores = try StoreFixture(engine)
        let stream = Stream(seed: 6, days: 40, count: 4000, contract: contract)
        let store = try stores.open()
        let end = stream.start.advanced(byMicroseconds: 39 * Self.day)
        try fill(store, stream, closedUntil: end)
        var compaction = StoreTransaction()
        compaction.dropPanesBefore = stream.start.advanced(byMicroseconds: 38 * Self.day + 30 * 60_000_000)
        compaction.dropHoursBefore = stream.start.advanced(byMicroseconds: 33 * Self.day)
        try store.apply(compaction)
        var seen: Set<WindowType> = []
        var random = SplitMix64(seed: 3)
        for round in 0..<80 {
            let span = RollingSpan.allCases[1 + round % 3]
            let moment = stream.start.advanced(
                byMicroseconds: 20 * Self.day + Int64(random.next() % UInt64(20 * Self.day))
            )
            let window = try store.rolling(span, at: moment)
            seen.insert(window.range.startPrecision)
            seen.insert(window.range.endPrecision)
            #expect(window.range.end <= moment)
            #expect(window.aggregate == stream.aggregate(from: window.range.start, to: window.range.end, contract))
        }
        #expect(seen == [.streaming, .hourly, .daily])
        let coarse = #expect(throws: StoreFailure.self) {
            try store.rolling(.hour, at: stream.start.advanced(byMicroseconds: 10 * Self.day + 5 * Self.hour + 1))
        }
        #expect(coarse?.description.contains("only whole daily windows are kept") == true)
    }

    @Test(arguments: StoreEngine.all) func compactionLeavesEverythingThatAnOpenWindowIsMergedFrom(_ engine: StoreEngine)
        throws
    {
        let stores = try StoreFixture(engine)
        let stream = Stream(seed: 7, days: 9, count: 1500, contract: contract)
        let store = try stores.open()
        // The day of the moment is open, and so are its last hour, its week and its month.
        let moment = stream.start.advanced(byMicroseconds: 8 * Self.day + 5 * Self.hour + 30 * 60_000_000)
        try fill(store, stream, closedUntil: moment)
        let open = try store.snapshot().openWindows
        #expect(Set(open.map(\.window.type)) == Set(WindowType.allCases))
        var compaction = StoreTransaction()
        compaction.dropPanesBefore = .latest
        compaction.dropHoursBefore = .latest
        try store.apply(compaction)
        let after = try store.snapshot().openWindows
        #expect(after.map(\.window) == open.map(\.window))
        for (left, right) in zip(open, after) { #expect(left.aggregate == right.aggregate, "\(left.window)") }
        // What is closed and longer than a pane can be revised as ever while its day is open.
        let day = layout.window(.daily, holding: moment)
        for hour in 0..<5 {
            let window = Window(type: .hourly, start: day.start.advanced(byMicroseconds: Int64(hour) * Self.hour))
            let expected = stream.aggregate(from: window.start, to: layout.end(of: window), contract)
            if let loaded = try store.load([window]).first { #expect(loaded.aggregate == expected) }
        }
        // What is compacted is never taken for empty.
        let pane = stream.panes[0].start
        #expect(throws: StoreFailure.self) { try store.load([Window(type: .streaming, start: pane)]) }
    }

    @Test(arguments: StoreEngine.all) func aLongerLatenessThanTheStoreCanServeIsRefusedAtTheStart(_ engine: StoreEngine)
        throws
    {
        let stores = try StoreFixture(engine)
        let stream = Stream(seed: 8, days: 3, count: 300, contract: contract)
        let moment = stream.start.advanced(byMicroseconds: 2 * Self.day)
        let store = try stores.open()
        try fill(store, stream, closedUntil: moment)
        var compaction = StoreTransaction()
        compaction.dropPanesBefore = moment.advanced(byMicroseconds: -4 * Self.hour)
        try store.apply(compaction)
        try store.close()
        try stores.open().close()
        var longer = Contract()
        longer.windows.dedupHorizon = .unlimited
        longer.windows.maxLateness = .limited(.seconds(3 * 3600))
        try stores.open(contract: longer).close()
        longer.windows.maxLateness = .limited(.seconds(3 * 3600 + 1))
        let failure = #expect(throws: StoreFailure.self) { try stores.open(contract: longer) }
        #expect(failure?.description.contains("set max_lateness to at most 10800s") == true)
        longer.windows.maxLateness = .unlimited
        #expect(throws: StoreFailure.self) { try stores.open(contract: longer) }
    }

    @Test(arguments: StoreEngine.all) func theAnswerSaysWhatItCovers(_ engine: StoreEngine) throws {
        let stores = try StoreFixture(engine)
        let stream = Stream(seed: 9, days: 1, count: 50, contract: contract)
        let store = try stores.open()
        try fill(store, stream, closedUntil: stream.start.advanced(byMicroseconds: 12 * Self.hour))
        let moment = stream.start.advanced(byMicroseconds: 6 * Self.hour + 1_234_567)
        let text = String(decoding: try store.rolling(.hour, at: moment).json(contract.windows), as: UTF8.self)
        #expect(
            text.hasPrefix(
                #"{"mode":"rolling","window_type":"hourly","aggregation_type":"hourly","at":"2024-10-04T06:00:01.234567Z","window_start":"2024-10-04T05:00:00Z","window_end":"2024-10-04T06:00:00Z","start_rounded_to":"streaming","end_rounded_to":"streaming","closed":true,"watermark":"2024-10-04T12:00:00Z","total_generations":"#
            )
        )
    }
}
