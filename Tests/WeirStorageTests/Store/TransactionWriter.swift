import WeirCluster
import WeirCore
import WeirTestSupport
import WeirWire

/// Random transactions of a coordinator, which hold whatever one may hold.
struct TransactionWriter {
    let contract: Contract
    private(set) var now = EventTime(microseconds: 1_793_664_600_000_000)
    /// Windows, intents and lines of quarantine that were written.
    private(set) var windows: [Window] = []
    private(set) var intents: [UUID128] = []
    private var revisions: [Window: Int] = [:]
    private var quarantined: UInt64 = 0
    private var epoch: UInt64 = 0
    private var commits: UInt64 = 0
    private var tally = Tally()
    private var events: RandomEvents
    private var random: SplitMix64
    private var alerts: AlertEvaluator

    private static let names = ["w1", "w2", "i-1"].map { NodeName($0)! }
    /// Text that others give may hold anything.
    private static let text = "a\u{0}b\\ \"quoted\" 'it''s' ü 𝄞 $1 ?"

    init(seed: UInt64, contract: Contract) {
        self.contract = contract
        random = SplitMix64(seed: seed)
        events = RandomEvents(seed: seed)
        events.span = 600_000_000
        alerts = AlertEvaluator(settings: contract.alerts, layout: contract.windows.layout, progress: [], statuses: [])
    }

    private mutating func draw(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

    mutating func next() -> StoreTransaction {
        now = now.advanced(byMicroseconds: 1_234_567)
        var transaction = StoreTransaction()
        if epoch == 0 || draw(4) == 0 { beginEpoch(&transaction) }
        commit(&transaction)
        closeWindows(&transaction)
        carryOut(&transaction)
        refuseLines(&transaction)
        if draw(3) == 0 {
            transaction.drained = draw(2) == 0 ? [] : [Self.names[0], Self.names[1]]
            transaction.dropPanesBefore = now.advanced(byMicroseconds: -300_000_000)
            transaction.dropHoursBefore = now.advanced(byMicroseconds: -7_200_000_000)
        }
        return transaction
    }

    private mutating func beginEpoch(_ transaction: inout StoreTransaction) {
        epoch += 1
        let workers = [Self.names[0], Self.names[1]]
        transaction.epoch = EpochRecord(
            epoch: Epoch(epoch),
            placement: Placement(workers: workers, owners: (0..<4).map { _ in draw(2) }),
            positions: [Self.names[2]: (0..<4).map { _ in FrameSequence(UInt64(draw(1000))) }],
            presences: workers.map { WorkerPresence(name: $0, incarnation: Incarnation(.max), dataURL: Self.text) }
        )
    }

    private mutating func commit(_ transaction: inout StoreTransaction) {
        let columns = events.columns(60)
        var table = PaneTable(limits: contract.aggregation, layout: contract.windows.layout)
        table.add(columns, hashes: columns.workflowHashes)
        for pane in table.panes {
            for type in WindowType.allCases {
                let window = contract.windows.layout.window(type, holding: pane.start)
                if revisions[window] == nil { windows.append(window) }
                transaction.windows.append(
                    WindowRow(
                        window: window,
                        state: .pending,
                        revision: revisions[window, default: 0],
                        aggregate: type == .streaming ? pane.aggregate.encoded : nil
                    )
                )
            }
        }
        commits += 1
        let (worker, ingest) = (Self.names[draw(2)], Self.names[2])
        let input = Commit.Input(
            ingest: ingest,
            position: FrameSequence(commits * 3),
            newest: draw(2) == 0 ? nil : now,
            isIdle: draw(2) == 0
        )
        transaction.progress[worker] = WorkerProgress(number: CommitNumber(commits), inputs: [ingest: input])
        transaction.contributions = [
            Contribution(
                epoch: Epoch(epoch),
                worker: worker,
                number: CommitNumber(commits),
                inputs: [
                    .init(ingest: ingest, first: FrameSequence(commits * 2), last: FrameSequence(commits * 3))
                ],
                panes: table.panes.map { .init(start: $0.start, events: 7) }
            )
        ]
        tally.counted += 60
        transaction.tally = tally
        transaction.watermark = now
    }

    private mutating func closeWindows(_ transaction: inout StoreTransaction) {
        for _ in 0..<4 {
            let window = windows[draw(windows.count)]
            let revision = revisions[window, default: 0]
            revisions[window] = revision + 1
            let aggregate = transaction.windows.last { $0.aggregate != nil }?.aggregate
            guard let bytes = aggregate, let whole = try? WindowAggregate(decoding: bytes, limits: contract.aggregation)
            else { continue }
            let record = WindowRecord(
                window: window,
                layout: contract.windows.layout,
                revision: revision,
                aggregate: whole
            )
            let intent = Intent(
                publishing: record,
                contract: contract,
                at: now,
                aggregationDuration: .milliseconds(1)
            )
            intents.append(intent.id)
            transaction.intents.append(NewIntent(intent: intent, window: window, revision: revision))
            transaction.windows.append(
                WindowRow(
                    window: window,
                    state: .completed,
                    revision: revision,
                    aggregate: bytes,
                    record: intent.targetEventPayload,
                    intentID: intent.id
                )
            )
            let steps: [(WindowStateMachine.State?, WindowStateMachine.State, WindowStateMachine.Cause)] = [
                (nil, .pending, .data), (.pending, .processing, .watermark),
            ]
            for step in steps {
                transaction.transitions.append(
                    WindowTransition(
                        window: window,
                        transition: .init(from: step.0, to: step.1, cause: step.2, revision: revision, at: now)
                    )
                )
            }
            if window.type == .streaming {
                transaction.alerts.append(alerts.observe(window, revision: revision, whole, at: now))
            }
        }
    }

    private mutating func carryOut(_ transaction: inout StoreTransaction) {
        let id = intents[draw(intents.count)]
        let success = draw(2) == 0
        transaction.intentChanges = [
            IntentChange(id: id, state: success ? .completed : .failed, attempts: 1 + draw(8), availableAt: now)
        ]
        transaction.results = [
            ExecutionReport(
                executor: Self.names[0],
                attempt: 1,
                result: IntentResult(
                    intentID: id,
                    correlationID: id,
                    executedAt: now,
                    success: success,
                    errorMessage: success ? nil : Self.text,
                    executionDuration: .microseconds(1500)
                )
            )
        ]
    }

    private mutating func refuseLines(_ transaction: inout StoreTransaction) {
        for bytes in [[0xFF, 0x00, 0x80], Array(Self.text.utf8), []] {
            quarantined += 1
            transaction.quarantine.append(
                QuarantineEntry(
                    ingest: Self.names[2],
                    sequence: FrameSequence(quarantined),
                    line: QuarantinedLine(reason: .validationError, detail: Self.text, line: 3, bytes: bytes)
                )
            )
        }
        transaction.quarantineChanges = [
            QuarantineChange(ids: [1 + UInt64(draw(9)), 100_000], outcome: .replayed, at: now),
            QuarantineChange(ids: [1 + UInt64(draw(9))], outcome: .dropped, at: now),
        ]
    }
}
