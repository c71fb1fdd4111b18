import Foundation
import Testing
import WeirCluster
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirStorage

@Suite struct SQLStoreTests {
    private let contract = Contract()

    private static let start = EventTime(microseconds: 1_793_664_000_000_000)

    private func aggregate(seed: UInt64, _ count: Int = 50) -> WindowAggregate {
        var events = RandomEvents(seed: seed)
        let columns = events.columns(count)
        var panes = PaneTable(limits: contract.aggregation, layout: contract.windows.layout)
        panes.add(columns, hashes: columns.workflowHashes)
        return panes.panes.dropFirst().reduce(into: panes.panes[0].aggregate) { $0.merge($1.aggregate) }
    }

    @Test(arguments: StoreEngine.all) func aNewStoreIsEmpty(_ engine: StoreEngine) throws {
        let stores = try StoreFixture(engine)
        let snapshot = try stores.open().snapshot()
        #expect(snapshot.epoch == nil && snapshot.watermark == nil && snapshot.openWindows.isEmpty)
        #expect(snapshot.tally == Tally() && snapshot.pendingIntents.isEmpty)
    }

    @Test(arguments: StoreEngine.all) func positionsTallyAndEpochComeBack(_ engine: StoreEngine) throws {
        let stores = try StoreFixture(engine)
        let (one, two, ingest) = (NodeName("w1")!, NodeName("w2")!, NodeName("i")!)
        var transaction = StoreTransaction()
        transaction.epoch = EpochRecord(
            epoch: Epoch(3),
            placement: Placement(shards: 4, workers: [one, two]),
            positions: [ingest: (1...4).map { FrameSequence($0) }],
            presences: [one, two].map {
                WorkerPresence(name: $0, incarnation: Incarnation(.max), dataURL: "tcp://127.0.0.1:1")
            }
        )
        transaction.drained = [two]
        let progress = WorkerProgress(
            number: CommitNumber(7),
            inputs: [ingest: .init(ingest: ingest, position: FrameSequence(9), newest: Self.start, isIdle: true)]
        )
        transaction.progress[one] = progress
        transaction.watermark = Self.start
        transaction.tally = Tally()
        transaction.tally!.counted = 5
        transaction.tally!.quarantined[.tooLate] = 2
        try stores.open().apply(transaction)

        let store = try stores.open()
        var snapshot = try store.snapshot()
        #expect(snapshot.epoch == transaction.epoch && snapshot.drained == [two])
        #expect(snapshot.progress == [one: progress])
        #expect(snapshot.watermark == Self.start)
        #expect(snapshot.tally == transaction.tally)
        // A new epoch begins with no progress.
        var next = StoreTransaction()
        next.epoch = EpochRecord(
            epoch: Epoch(4),
            placement: Placement(workers: [one, two], owners: [1, 0, 0, 1]),
            positions: [:],
            presences: [one, two].map { WorkerPresence(name: $0, incarnation: Incarnation(2), dataURL: "ipc:///w") }
        )
        try store.apply(next)
        snapshot = try store.snapshot()
        #expect(snapshot.epoch == next.epoch && snapshot.progress.isEmpty)
        #expect(snapshot.tally.counted == 5)
    }

    @Test(arguments: StoreEngine.all) func anOpenLongWindowIsTheMergeOfThePanesWithinIt(_ engine: StoreEngine) throws {
        let stores = try StoreFixture(engine)
        let store = try stores.open()
        var transaction = StoreTransaction()
        var whole = WindowAggregate(limits: contract.aggregation)
        for pane in 0..<5 {
            let start = Self.start.advanced(byMicroseconds: Int64(pane) * 1_200_000_000)  // Panes of two hours.
            let part = aggregate(seed: UInt64(pane))
            whole.merge(part)
            for type in WindowType.allCases {
                transaction.windows.append(
                    WindowRow(
                        window: contract.windows.layout.window(type, holding: start),
                        state: .pending,
                        revision: 0,
                        aggregate: type == .streaming ? part.encoded : nil
                    )
                )
            }
        }
        try store.apply(transaction)
        let day = contract.windows.layout.window(.daily, holding: Self.start)
        let missing = Window(type: .daily, start: day.start.advanced(byMicroseconds: -86_400_000_000))
        let loaded = try store.load([day, missing])
        #expect(loaded.count == 1)
        #expect(loaded[0].window == day && loaded[0].state == .pending && loaded[0].aggregate == whole)
        #expect(try store.snapshot().openWindows.first { $0.window.type == .monthly }?.aggregate == whole)

        // An hour that is closed has its own aggregate; the panes within it may go.
        let hour = contract.windows.layout.window(.hourly, holding: Self.start)
        let inHour = try store.load([hour])[0].aggregate
        var closing = StoreTransaction()
        closing.windows = [WindowRow(window: hour, state: .completed, revision: 0, aggregate: inHour.encoded)]
        closing.dropPanesBefore = contract.windows.layout.end(of: hour)
        try store.apply(closing)
        #expect(try store.load([hour])[0].aggregate == inHour)
        #expect(try store.load([day])[0].aggregate == whole)
    }

    /// The dead letter of an earlier revision comes after the window has closed again.
    @Test(arguments: StoreEngine.all) func aRowOfAnEarlierRevisionChangesNothing(_ engine: StoreEngine) throws {
        let stores = try StoreFixture(engine)
        let store = try stores.open()
        let window = Window(type: .streaming, start: Self.start)
        for rows in [
            [WindowRow(window: window, state: .completed, revision: 1, aggregate: aggregate(seed: 1).encoded)],
            [WindowRow(window: window, state: .failed, revision: 0)],
            [
                WindowRow(window: window, state: .completed, revision: 1),
                WindowRow(window: window, state: .failed, revision: 0),
            ],
        ] {
            var transaction = StoreTransaction()
            transaction.windows = rows
            try store.apply(transaction)
            let stored = try store.load([window])[0]
            #expect(stored.revision == 1 && stored.state == .completed)
        }
    }

    private func intent(_ window: Window, revision: Int) -> Intent {
        Intent(
            publishing: WindowRecord(
                window: window,
                layout: .standard,
                revision: revision,
                aggregate: aggregate(seed: 1)
            ),
            contract: contract,
            at: Self.start,
            aggregationDuration: .milliseconds(1)
        )
    }

    @Test(arguments: StoreEngine.all) func intentsComeBackAsTheyWereUntilTheyAreDone(_ engine: StoreEngine) throws {
        let stores = try StoreFixture(engine)
        let store = try stores.open()
        let window = Window(type: .streaming, start: Self.start)
        let intent = intent(window, revision: 0)
        var transaction = StoreTransaction()
        transaction.intents = [NewIntent(intent: intent, window: window, revision: 0)]
        transaction.windows = [
            WindowRow(
                window: window,
                state: .completed,
                revision: 0,
                aggregate: aggregate(seed: 1).encoded,
                record: intent.targetEventPayload,
                intentID: intent.id
            )
        ]
        try store.apply(transaction)
        #expect(try store.snapshot().pendingIntents.map(\.id) == [intent.id])
        let leased = try store.intents([intent.id])[intent.id]
        #expect(leased?.json == intent.json && leased?.topic == contract.intents.intentTopic && leased?.attempt == 1)
        #expect(try store.records(WindowQuery(type: .streaming)).elements == [intent.targetEventPayload])

        var done = StoreTransaction()
        done.intentChanges = [IntentChange(id: intent.id, state: .failed, attempts: 8, availableAt: Self.start)]
        done.results = [
            ExecutionReport(
                executor: NodeName("e")!,
                attempt: 8,
                result: IntentResult(
                    intentID: intent.id,
                    correlationID: intent.correlationID,
                    executedAt: Self.start,
                    success: false,
                    errorMessage: "the sink is \"down\"",
                    executionDuration: .milliseconds(3)
                )
            )
        ]
        try store.apply(done)
        #expect(try store.snapshot().pendingIntents.isEmpty)
        let failed = try store.intentList(IntentQuery(limit: 10), state: .failed).elements
        #expect(failed.count == 1)
        let json = try #require(JSONSerialization.jsonObject(with: Data(failed[0])) as? [String: Any])
        #expect(json["last_error"] as? String == "the sink is \"down\"" && json["attempts"] as? Int == 8)
        #expect(try store.intentList(IntentQuery(limit: 10), state: .pending).elements.isEmpty)
    }

    @Test(arguments: StoreEngine.all) func aTransactionThatFailsLeavesNothing(_ engine: StoreEngine) throws {
        let stores = try StoreFixture(engine)
        let store = try stores.open()
        let window = Window(type: .streaming, start: Self.start)
        let twice = NewIntent(intent: intent(window, revision: 0), window: window, revision: 0)
        var transaction = StoreTransaction()
        transaction.tally = Tally()
        transaction.tally!.counted = 1
        transaction.watermark = Self.start
        transaction.intents = [twice, twice]  // An id must be unique.
        #expect(throws: StoreFailure.self) { try store.apply(transaction) }
        let snapshot = try store.snapshot()
        #expect(snapshot.tally.counted == 0 && snapshot.watermark == nil && snapshot.pendingIntents.isEmpty)
    }

    @Test(arguments: StoreEngine.all) func quarantinedLinesAreKeptWhole(_ engine: StoreEngine) throws {
        let stores = try StoreFixture(engine)
        let store = try stores.open()
        var transaction = StoreTransaction()
        for (number, bytes) in [Array("{\"a\":1".utf8), [0xFF, 0x00, 0x80]].enumerated() {
            transaction.quarantine.append(
                QuarantineEntry(
                    ingest: NodeName("i")!,
                    sequence: FrameSequence(4),
                    line: QuarantinedLine(reason: .malformedJSON, detail: "why", line: number, bytes: bytes)
                )
            )
        }
        try store.apply(transaction)
        let rows = try store.quarantineList(QuarantineQuery(limit: 10)).elements.map {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(rows.count == 2)
        #expect(rows[0].contains("\"base64\":\"/wCA\"") && rows[1].contains(#""text":"{\"a\":1""#))
    }

    @Test(arguments: StoreEngine.all) func aStoreOfAnotherClusterIsRefusedByName(_ engine: StoreEngine) throws {
        let stores = try StoreFixture(engine)
        try stores.open(shards: 4).close()
        let shards = #expect(throws: StoreFailure.self) { try stores.open(shards: 8) }
        #expect((shards.map(\.description) ?? "").contains("shards 4"))
        var other = Contract()
        other.version = "2.0.0"
        let version = #expect(throws: StoreFailure.self) { try stores.open(contract: other) }
        #expect((version.map(\.description) ?? "").contains("codegen_metrics 1.0.0"))
    }

    @Test func aFileThatIsNoDatabaseIsRefused() throws {
        let directory = try TemporaryDirectory()
        let broken = directory.path + "/broken.sqlite"
        try Data("this is no database, and long enough to be looked at by SQLite as one, which it is not.".utf8)
            .write(to: URL(filePath: broken))
        #expect(throws: StoreFailure.self) { try SQLStore.sqlite(path: broken, contract: contract, shards: 4) }
    }
}
