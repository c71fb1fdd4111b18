import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirCluster

@Suite struct CoordinatorMachineTests {
    private var machine = Self.machine()
    private var number: UInt64 = 0

    private static func machine(
        _ snapshot: StoreSnapshot = StoreSnapshot(),
        expectedWorkers: Int? = 1
    ) -> CoordinatorMachine {
        CoordinatorMachine(
            contract: Contract(),
            limits: CoordinatorLimits(),
            shards: Story.shards,
            expectedWorkers: expectedWorkers,
            snapshot: snapshot,
            at: Story.start,
            stopwatch: { .zero }
        )
    }

    private mutating func ask(_ request: ControlRequest, at milliseconds: Int64) -> [CoordinatorEffect] {
        number += 1
        return machine.receive(.request(RequestID(number), request), at: Story.after(milliseconds))
    }

    private mutating func join(_ name: NodeName = Story.one, incarnation: UInt64 = 1, at time: Int64 = 0)
        -> [CoordinatorEffect]
    {
        ask(
            .joinWorker(WorkerPresence(name: name, incarnation: Incarnation(incarnation), dataURL: "inproc://\(name)")),
            at: time
        )
    }

    private mutating func report(
        last: UInt64,
        incarnation: UInt64 = 1,
        sealed: UInt64? = nil,
        at time: Int64
    ) -> [CoordinatorEffect] {
        ask(
            .reportIngest(
                IngestReport(
                    name: Story.ingest,
                    incarnation: Incarnation(incarnation),
                    last: FrameSequence(last),
                    sealedFlush: sealed,
                    accepted: 0
                )
            ),
            at: time
        )
    }

    private func commit(
        _ number: UInt64,
        _ columns: EventColumns,
        through position: UInt64,
        newest: EventTime,
        epoch: UInt64 = 1,
        idle: Bool = false,
        follows: UInt64 = 0,
        isPaused: Bool = false
    ) -> ControlRequest {
        var panes = PaneTable(limits: AggregateLimits(), layout: .standard)
        panes.add(columns, hashes: columns.workflowHashes)
        var tally = Tally()
        tally.counted = columns.count
        return .commit(
            Commit(
                worker: Story.one,
                incarnation: Incarnation(1),
                epoch: Epoch(epoch),
                number: CommitNumber(number),
                inputs: [.init(ingest: Story.ingest, position: FrameSequence(position), newest: newest, isIdle: idle)],
                panes: panes.panes.map { .init(start: $0.start, aggregate: $0.aggregate.encoded) },
                tally: tally,
                follows: CommitNumber(follows),
                isPaused: isPaused
            )
        )
    }

    @Test mutating func theFirstWorkerBeginsAnEpochWithAllShards() {
        let effects = join()
        guard case .assigned(let assignment) = effects.replies.first else {
            Issue.record("no assignment")
            return
        }
        #expect(assignment.view.epoch == Epoch(1))
        #expect(assignment.view.placement.shards(of: Story.one).count == Story.shards)
        #expect(effects.transactions.first?.epoch?.epoch == Epoch(1))
        #expect(machine.isReady)
    }

    @Test mutating func aCommitIsStoredWithItsPositionsBeforeItIsAnswered() {
        _ = join()
        _ = report(last: 1, at: 1)
        let effects = ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(900)), at: 10)
        guard case .store(let transaction) = effects.first else {
            Issue.record("the transaction does not come first")
            return
        }
        #expect(transaction.progress[Story.one]?.number == CommitNumber(1))
        #expect(transaction.progress[Story.one]?.inputs[Story.ingest]?.position == FrameSequence(1))
        #expect(transaction.tally?.counted == 10)
        #expect(Set(transaction.windows.map(\.window.type)) == Set(WindowType.allCases))
        #expect(
            effects.replies
                == [.committed(CommitReceipt(number: CommitNumber(1), watermark: Story.after(900), queries: []))],
            "the receipt has the watermark that the commit moved"
        )
    }

    @Test mutating func aRepeatedCommitIsAnsweredAgainAndNotApplied() {
        _ = join()
        let first = commit(1, Story.started(0..<10), through: 1, newest: Story.after(900))
        _ = ask(first, at: 10)
        let again = ask(first, at: 20)
        #expect(again.transactions.allSatisfy { $0.tally == nil && $0.progress.isEmpty })
        guard case .committed(let receipt) = again.replies.first else {
            Issue.record("not answered")
            return
        }
        #expect(receipt.number == CommitNumber(1))
        #expect(machine.tally.counted == 10)
    }

    @Test mutating func aCommitOfAnotherEpochOrLifeIsRefused() {
        _ = join()
        #expect(
            ask(commit(1, Story.started(0..<3), through: 1, newest: Story.start, epoch: 7), at: 10).replies == [
                .wrongEpoch(Epoch(1))
            ]
        )
        _ = join(incarnation: 2, at: 20)
        _ = machine.receive(.tick, at: Story.after(600))
        let zombie = ask(commit(1, Story.started(0..<3), through: 1, newest: Story.start), at: 700)
        guard case .wrongEpoch = zombie.replies.first else {
            Issue.record("a zombie's commit was taken")
            return
        }
        #expect(machine.tally.counted == 0)
    }

    /// An older copy was put in the store's place, and the workers did not notice.
    @Test mutating func whatBuildsOnACommitThatTheStoreLacksIsRefusedAndAnEpochBegins() {
        _ = join()
        _ = ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(900)), at: 10)
        var copy = StoreSnapshot()
        copy.epoch = machine.epoch
        copy.progress = machine.progress
        machine = Self.machine(copy, expectedWorkers: nil)
        let first = ask(commit(3, Story.started(20..<25), through: 3, newest: Story.after(900), follows: 2), at: 20)
        #expect(first.replies == [.wrongEpoch(Epoch(1))])
        #expect(first.transactions.allSatisfy { $0.progress.isEmpty && $0.windows.isEmpty })
        #expect(machine.tally.counted == 0)
        _ = machine.receive(.tick, at: Story.after(30))
        #expect(machine.currentEpoch == Epoch(2))
        #expect(machine.epoch.positions[Story.ingest]?.allSatisfy { $0 == FrameSequence(1) } == true)
    }

    @Test mutating func whatBuildsOnTheStoredCommitGoesOn() {
        _ = join()
        _ = ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(900)), at: 10)
        _ = ask(commit(2, EventColumns(), through: 1, newest: Story.after(900), follows: 1), at: 15)
        var stored = StoreSnapshot()
        stored.epoch = machine.epoch
        stored.progress = machine.progress
        stored.progress[Story.one]!.number = CommitNumber(1)
        machine = Self.machine(stored, expectedWorkers: nil)
        let next = ask(commit(3, Story.started(10..<15), through: 2, newest: Story.after(900), follows: 1), at: 20)
        guard case .committed = next.replies.first else {
            Issue.record("a commit that follows what is stored was refused")
            return
        }
        #expect(machine.currentEpoch == Epoch(1))
    }

    @Test mutating func anEpochOfWhichTheStoreKnowsNothingIsNotBegunASecondTime() {
        _ = join()
        #expect(
            ask(commit(1, Story.started(0..<3), through: 1, newest: Story.start, epoch: 4), at: 10).replies == [
                .wrongEpoch(Epoch(1))
            ]
        )
        _ = machine.receive(.tick, at: Story.after(20))
        #expect(machine.currentEpoch == Epoch(5))
    }

    @Test mutating func aWindowClosesWhenTheWatermarkPassesItsEndAndTheTolerance() {
        _ = join()
        _ = report(last: 2, at: 1)
        let events = Story.started(0..<10)
        #expect(
            ask(commit(1, events, through: 1, newest: Story.after(5_900)), at: 10).transactions.first?.intents.isEmpty
                == true
        )
        let closing = ask(commit(2, EventColumns(), through: 2, newest: Story.after(6_000)), at: 20).transactions.first
        #expect(closing?.intents.map(\.window) == [Window(type: .streaming, start: Story.start)])
        #expect(closing?.transitions.map(\.transition.to) == [.processing, .completed])
        let text = closing.map { String(decoding: $0.intents[0].intent.targetEventPayload, as: UTF8.self) } ?? ""
        #expect(text.contains("\"total_generations\":10") && text.contains("\"revision\":0"))
    }

    @Test mutating func lateDataIsOneRevisionAfterTheDelay() {
        _ = join()
        _ = report(last: 9, at: 1)
        _ = ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(6_000)), at: 10)
        let window = Window(type: .streaming, start: Story.start)
        for (number, time) in [(UInt64(2), Int64(20)), (3, 500)] {
            let late = Story.started(Int(number) * 100..<Int(number) * 100 + 5)
            var effects = ask(commit(number, late, through: number, newest: Story.after(6_100)), at: time)
            if effects.contains(where: { if case .load = $0 { true } else { false } }) {
                let loaded = LoadedWindow(
                    window: window,
                    state: .completed,
                    revision: 0,
                    aggregate: Story.aggregate(Story.started(0..<10))
                )
                effects += machine.receive(.loaded([loaded]), at: Story.after(time))
            }
            #expect(effects.transactions.allSatisfy { $0.intents.isEmpty })
        }
        #expect(machine.receive(.tick, at: Story.after(900)).transactions.allSatisfy { $0.intents.isEmpty })
        let revised = machine.receive(.tick, at: Story.after(1_100)).transactions.flatMap(\.intents)
        #expect(revised.map(\.window) == [window] && revised.map(\.revision) == [1])
        let payload = String(decoding: revised.first?.intent.targetEventPayload ?? [], as: UTF8.self)
        #expect(payload.contains("\"total_generations\":20"))
    }

    @Test mutating func aFlushSealsWaitsClosesAndWaitsForTheIntents() {
        _ = join()
        _ = report(last: 1, at: 1)
        _ = ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(900)), at: 5)
        #expect(ask(.admin(.flush), at: 10).replies.isEmpty)
        guard case .view(let view) = report(last: 2, at: 20).replies.first, let flush = view.flush else {
            Issue.record("the ingest is not asked to seal")
            return
        }
        #expect(
            report(last: 2, sealed: flush, at: 30).transactions.allSatisfy { $0.intents.isEmpty },
            "frame 2 is not committed yet"
        )
        let committed = ask(commit(2, Story.started(10..<12), through: 2, newest: Story.after(950)), at: 40)
        let intents = committed.transactions.flatMap(\.intents)
        #expect(Set(intents.map(\.window.type)) == Set(WindowType.allCases))
        #expect(machine.open.isEmpty)

        let executor = NodeName("executor-1")!
        let leased = ask(.lease(executor: executor, Incarnation(1), max: 100), at: 50).leases
        #expect(Set(leased.map(\.id)) == Set(intents.map(\.intent.id)))
        let results = leased.map { result($0.id, success: true) }
        #expect(ask(.report(executor: executor, results: Array(results.dropLast())), at: 60).replies == [.acknowledged])
        let done = ask(.report(executor: executor, results: [results.last!]), at: 70).replies
        #expect(
            done.contains {
                if case .json(let json) = $0 {
                    String(decoding: json, as: UTF8.self).contains("\"flushed\":true")
                } else {
                    false
                }
            }
        )
    }

    /// An ingest that has yet to report may hold what was acknowledged before the flush was asked for.
    @Test mutating func aFlushAfterARestartWaitsUntilIngestsCanHaveReported() {
        var snapshot = StoreSnapshot()
        snapshot.epoch = EpochRecord(
            epoch: Epoch(4),
            placement: Placement(shards: Story.shards, workers: [Story.one]),
            positions: [:]
        )
        machine = Self.machine(snapshot)
        #expect(ask(.admin(.flush), at: 10).replies.isEmpty)
        #expect(machine.receive(.tick, at: Story.after(2_900)).replies.isEmpty)
        #expect(machine.receive(.tick, at: Story.after(3_000)).replies.count == 1)
    }

    /// Its journal may hold what was acknowledged before the flush was asked for, and that nobody has counted.
    @Test mutating func aFlushWaitsForAnIngestThatIsMissing() {
        _ = join()
        _ = report(last: 1, at: 1)
        _ = ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(900)), at: 5)
        _ = join(at: 3_500)
        #expect(
            machine.receive(.tick, at: Story.after(3_600)).contains {
                if case .note(.ingestLost(Story.ingest)) = $0 { true } else { false }
            }
        )
        #expect(ask(.admin(.flush), at: 3_700).replies.isEmpty)
        #expect(machine.receive(.tick, at: Story.after(3_800)).transactions.allSatisfy { $0.intents.isEmpty })
        guard case .view(let view) = report(last: 1, at: 3_900).replies.first, let flush = view.flush else {
            Issue.record("the ingest is not asked to seal")
            return
        }
        #expect(!report(last: 1, sealed: flush, at: 4_000).transactions.flatMap(\.intents).isEmpty)
    }

    /// By the watermark that they are told ingests trim and workers forget: after a restart it may not be less.
    @Test mutating func onlyAWatermarkThatIsStoredIsTold() {
        var snapshot = StoreSnapshot()
        snapshot.watermark = Story.start
        machine = Self.machine(snapshot)
        var stored = snapshot.watermark
        for time in stride(from: Int64(0), to: 5_000, by: 50) {
            let effects = machine.receive(.tick, at: Story.after(time)) + report(last: 0, at: time)
            stored = effects.transactions.compactMap(\.watermark).max() ?? stored
            for case .view(let view) in effects.replies { #expect(view.watermark == stored) }
        }
        #expect(machine.watermark! > stored!, "with nothing open it moves with the clock, and is not stored")
    }

    /// The clock of the process before may have been ahead by any time.
    @Test mutating func aStoredWaitIsNoLongerThanTheLongestBackoff() {
        var snapshot = StoreSnapshot()
        let id = UUID128(high: 1, low: 2)
        snapshot.pendingIntents = [
            PendingIntent(
                id: id,
                window: Window(type: .streaming, start: Story.start),
                revision: 0,
                priority: 5,
                attempts: 1,
                availableAt: Story.after(86_400_000)
            )
        ]
        machine = Self.machine(snapshot)
        let executor = NodeName("executor-1")!
        let longest = Contract().intents.retry.backoffMax.inMilliseconds
        #expect(ask(.lease(executor: executor, Incarnation(1), max: 1), at: longest - 1).leases.isEmpty)
        #expect(ask(.lease(executor: executor, Incarnation(1), max: 1), at: longest).leases.map(\.id) == [id])
    }

    /// What a worker still holds was decided by the watermark that it knew, which may be far behind.
    @Test mutating func panesAreDroppedByTheWatermarkThatWorkersKnow() {
        _ = join()
        _ = report(last: 9, at: 1)
        let hour: Int64 = 3_600_000
        var drops: [EventTime?] = []
        for number in UInt64(1)...5 {
            let columns = Story.started(0..<1, from: Story.after(Int64(number) * 10 * hour))
            let newest = Story.after(Int64(number) * 10 * hour + 2 * hour)
            let effects = ask(commit(number, columns, through: number, newest: newest), at: Int64(number))
            drops.append(effects.transactions.compactMap(\.dropPanesBefore).last)
        }
        #expect(drops[0] == nil && drops[1] == nil, "the worker has not said that it knows any watermark")
        // With commit 4 it has had receipt 2, and what it holds may be as old as that allows: 22 h − 5 min − 1 h − 1 h.
        #expect(drops[3] == Story.after(22 * hour - 300_000 - 2 * hour))
    }

    /// What a worker has carried into an epoch it decided by an older watermark than the one that it is told while it holds that back.
    @Test mutating func signsOfLifeDoNotShowThatAWorkerHoldsNothingDecidedByAnOlderWatermark() {
        _ = join()
        _ = report(last: 9, at: 1)
        let hour: Int64 = 3_600_000
        let first = Story.started(0..<1, from: Story.after(10 * hour))
        _ = ask(commit(1, first, through: 1, newest: Story.after(12 * hour)), at: 2)
        _ = join(at: 3)  // It has lost what it knew, and takes part in epoch 2.
        for number in UInt64(1)...2 {
            let sign = Commit(
                worker: Story.one,
                incarnation: Incarnation(1),
                epoch: Epoch(2),
                number: CommitNumber(number)
            )
            _ = ask(.commit(sign), at: 3 + Int64(number))
        }
        let second = Story.started(0..<1, from: Story.after(20 * hour))
        let effects = ask(commit(3, second, through: 2, newest: Story.after(22 * hour), epoch: 2), at: 6)
        #expect(effects.transactions.contains { $0.watermark != nil }, "an hour has closed")
        #expect(effects.transactions.allSatisfy { $0.dropPanesBefore == nil })
    }

    private func result(_ id: UUID128, success: Bool) -> IntentResult {
        IntentResult(
            intentID: id,
            correlationID: id,
            executedAt: Story.start,
            success: success,
            errorMessage: success ? nil : "down",
            executionDuration: .milliseconds(1)
        )
    }

    @Test mutating func aFailedIntentIsRetriedWithBackoffThenDeadLettered() {
        _ = join()
        _ = report(last: 1, at: 1)
        let closed = ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(6_000)), at: 10)
        let id = closed.transactions[0].intents[0].intent.id
        let executor = NodeName("executor-1")!
        var time: Int64 = 20
        var attempts = 0
        var lastChange: IntentChange?
        while attempts < 20, lastChange?.state != .failed {
            let leased = ask(.lease(executor: executor, Incarnation(1), max: 10), at: time).leases
            if leased.isEmpty {
                time += 50
                continue
            }
            attempts += 1
            #expect(leased.map(\.id) == [id] && leased.map(\.attempt) == [attempts])
            #expect(
                ask(.lease(executor: NodeName("executor-2")!, Incarnation(1), max: 10), at: time).leases.isEmpty,
                "it is leased"
            )
            let effects = ask(.report(executor: executor, results: [result(id, success: false)]), at: time + 1)
            lastChange = effects.transactions.flatMap(\.intentChanges).last
            if attempts == RetryPolicy().attemptsMax {
                #expect(effects.transactions.flatMap(\.transitions).map(\.transition.to) == [.failed])
            }
        }
        #expect(attempts == RetryPolicy().attemptsMax)
        #expect(lastChange?.state == .failed)
    }

    @Test mutating func aLeaseThatEndsLetsAnotherExecutorGoOn() {
        _ = join()
        _ = report(last: 1, at: 1)
        _ = ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(6_000)), at: 10)
        #expect(ask(.lease(executor: NodeName("a")!, Incarnation(1), max: 10), at: 20).leases.count == 1)
        #expect(ask(.lease(executor: NodeName("b")!, Incarnation(1), max: 10), at: 20_000).leases.isEmpty)
        let again = ask(.lease(executor: NodeName("b")!, Incarnation(1), max: 10), at: 31_000).leases
        #expect(again.count == 1)
        let id = again[0].id
        #expect(
            ask(.report(executor: NodeName("a")!, results: [result(id, success: true)]), at: 31_010).transactions.first?
                .results.count == 1
        )
        #expect(
            ask(.report(executor: NodeName("b")!, results: [result(id, success: true)]), at: 31_020).transactions
                .allSatisfy { $0.results.isEmpty },
            "the second result of an intent changes nothing"
        )
    }

    @Test mutating func anAnswerWithLeasesThatIsLostIsGivenAgainAtOnce() {
        _ = join()
        _ = report(last: 1, at: 1)
        _ = ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(6_000)), at: 10)
        let all = ExecutorMachine.concurrencyMax
        let executor = NodeName("a")!
        let lost = ask(.lease(executor: executor, Incarnation(1), max: all), at: 20).leases
        #expect(lost.count == 1)
        #expect(
            ask(.lease(executor: executor, Incarnation(1), max: all - 1), at: 21).leases.isEmpty,
            "it has one in hand"
        )
        let again = ask(.lease(executor: executor, Incarnation(1), max: all), at: 22).leases
        #expect(again.map(\.id) == lost.map(\.id) && again.map(\.attempt) == lost.map(\.attempt))
        #expect(ask(.lease(executor: NodeName("b")!, Incarnation(1), max: all), at: 23).leases.isEmpty, "another's")
    }

    @Test mutating func anExecutorWithNothingInHandWaitsForAnIntent() {
        _ = join()
        _ = report(last: 1, at: 1)
        let (all, a, b) = (ExecutorMachine.concurrencyMax, NodeName("a")!, NodeName("b")!)
        func answers(_ effects: [CoordinatorEffect]) -> [Int] {
            effects.compactMap { if case .replyLease(_, let leased) = $0 { leased.count } else { nil } }
        }
        #expect(answers(ask(.lease(executor: b, Incarnation(1), max: 1), at: 9)) == [0], "it has some in hand")
        #expect(answers(ask(.lease(executor: a, Incarnation(1), max: all), at: 10)) == [])
        #expect(answers(machine.receive(.tick, at: Story.after(100))) == [])
        #expect(answers(machine.receive(.tick, at: Story.after(210))) == [0], "it has waited for long enough")
        #expect(answers(ask(.lease(executor: a, Incarnation(1), max: all), at: 220)) == [])
        #expect(answers(ask(.lease(executor: a, Incarnation(1), max: all), at: 230)) == [0], "the same request again")
        let closing = ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(6_000)), at: 240)
        #expect(answers(closing) == [1], "at once")
        #expect(closing.transactions.count == 1)
    }

    @Test mutating func aSilentWorkerIsLostAndItsShardsGoOnFromItsLastCommit() {
        _ = join()
        _ = ask(commit(1, Story.started(0..<10), through: 4, newest: Story.after(900)), at: 10)
        _ = join(Story.two, at: 2_000)
        _ = machine.receive(.tick, at: Story.after(3_100))  // worker-1 was last heard of at 10.
        #expect(machine.epoch.epoch == Epoch(2))
        _ = join(Story.two, at: 3_700)
        let assigned = join(Story.two, at: 3_800).replies.compactMap {
            if case .assigned(let assignment) = $0 { assignment } else { nil }
        }
        #expect(assigned.last?.view.placement.workers == [Story.two])
        #expect(
            assigned.last?.positions[Story.ingest] == [FrameSequence](repeating: FrameSequence(4), count: Story.shards)
        )
    }

    /// Both workers own shards in the second epoch, and were heard of at 2,700.
    private mutating func twoWorkers() {
        _ = join()
        _ = join(Story.two, at: 2_000)
        _ = machine.receive(.tick, at: Story.after(2_600))
        _ = join(at: 2_700)
        _ = join(Story.two, at: 2_700)
    }

    @Test mutating func anEpochThatTakesShardsFromAWorkerWaitsForWhatItHasCounted() {
        _ = join()
        _ = join(Story.two, at: 100)
        func asks(_ effects: [CoordinatorEffect]) -> Bool? {
            effects.replies.compactMap { if case .committed(let receipt) = $0 { receipt.asksToPause } else { nil } }
                .first
        }
        #expect(asks(ask(commit(1, Story.started(0..<10), through: 1, newest: Story.after(900)), at: 200)) == false)
        _ = machine.receive(.tick, at: Story.after(700))
        #expect(machine.epoch.epoch == Epoch(1), "membership was quiet, and worker-1 has to commit first")
        #expect(asks(ask(commit(2, Story.started(10..<20), through: 2, newest: Story.after(900)), at: 710)) == true)
        _ = machine.receive(.tick, at: Story.after(720))
        #expect(machine.epoch.epoch == Epoch(1))
        _ = ask(commit(3, Story.started(20..<25), through: 3, newest: Story.after(900), isPaused: true), at: 730)
        _ = machine.receive(.tick, at: Story.after(740))
        #expect(machine.epoch.epoch == Epoch(2))
        #expect(machine.epoch.positions[Story.ingest]?.allSatisfy { $0 == FrameSequence(3) } == true)
    }

    @Test mutating func anEpochWaitsOnlySoLong() {
        _ = join()
        _ = join(Story.two, at: 100)
        _ = machine.receive(.tick, at: Story.after(700))
        _ = machine.receive(.tick, at: Story.after(1_699))
        #expect(machine.epoch.epoch == Epoch(1))
        _ = machine.receive(.tick, at: Story.after(1_700))
        #expect(machine.epoch.epoch == Epoch(2))
    }

    @Test mutating func aWorkerWhoseConnectionEndedIsLostAfterTheGrace() {
        twoWorkers()
        _ = machine.receive(.disconnected(Story.one, Incarnation(1)), at: Story.after(2_800))
        _ = machine.receive(.tick, at: Story.after(3_300))
        #expect(machine.epoch.epoch == Epoch(2), "within the grace it may come back")
        _ = machine.receive(.disconnected(Story.one, Incarnation(1)), at: Story.after(3_300))
        _ = machine.receive(.tick, at: Story.after(3_301))
        #expect(machine.epoch.placement.workers == [Story.two], "the first end counts")
        #expect(machine.epoch.epoch == Epoch(3))
    }

    @Test mutating func aWorkerThatSpeaksOnAnotherConnectionIsNotLost() {
        twoWorkers()
        _ = machine.receive(.disconnected(Story.one, Incarnation(1)), at: Story.after(2_800))
        _ = ask(commit(1, Story.started(0..<10), through: 4, newest: Story.after(900), epoch: 2), at: 2_900)
        _ = machine.receive(.tick, at: Story.after(5_600))
        #expect(machine.epoch.epoch == Epoch(2))
    }

    @Test mutating func theEndOfAnEarlierLifesConnectionConcernsNobody() {
        twoWorkers()
        _ = join(incarnation: 2, at: 2_800)
        _ = machine.receive(.disconnected(Story.one, Incarnation(1)), at: Story.after(2_900))
        _ = machine.receive(.disconnected(NodeName("stranger")!, Incarnation(1)), at: Story.after(2_900))
        _ = machine.receive(.tick, at: Story.after(5_600))
        #expect(machine.epoch.placement.workers == [Story.one, Story.two])
    }

    // MARK: - Reports

    /// Reports are sent again, and may come late.
    @Test mutating func aReportThatWasOvertakenByACommitIsAnsweredAndReplacesNothing() {
        _ = join()
        _ = report(last: 3, at: 1)
        _ = report(last: 9, at: 2)
        _ = ask(commit(1, Story.started(0..<10), through: 9, newest: Story.after(900)), at: 10)
        guard case .view(let view)? = report(last: 3, at: 20).replies.first else {
            Issue.record("refused")
            return
        }
        #expect(view.committed == FrameSequence(9))
        #expect(machine.ingests[Story.ingest]?.report.last == FrameSequence(9))
    }

    @Test mutating func aJournalThatEndsBeforeWhatIsCommittedIsRefusedInAnotherLife() {
        _ = join()
        _ = report(last: 9, at: 1)
        _ = ask(commit(1, Story.started(0..<10), through: 9, newest: Story.after(900)), at: 10)
        guard case .refused(let reason)? = report(last: 3, incarnation: 2, at: 20).replies.first else {
            Issue.record("not refused")
            return
        }
        #expect(reason.contains("ends with frame 3, and frame 9 is committed"))
    }

    // MARK: - Forgetting

    /// One worker has committed four frames of an ingest that acknowledged six and is silent since.
    private mutating func lostIngest() {
        _ = join()
        _ = report(last: 6, at: 10)
        _ = ask(commit(1, Story.started(0..<10), through: 4, newest: Story.after(900)), at: 20)
        _ = join(Story.two, at: 3_000)
        _ = machine.receive(.tick, at: Story.after(3_100))
    }

    private mutating func forget(isDryRun: Bool = false, at time: Int64) -> [CoordinatorEffect] {
        ask(.admin(.forget(Story.ingest, isDryRun: isDryRun)), at: time)
    }

    private func json(_ effects: [CoordinatorEffect]) -> String {
        guard case .json(let bytes)? = effects.replies.first else { return "\(effects.replies)" }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test mutating func aForgottenIngestIsNotWaitedForAndItsOldJournalIsRefused() {
        lostIngest()
        let problems = machine.problems(at: Story.after(3_100)).filter { $0.kind == .ingestLost }
        #expect(problems.map(\.subject) == ["ingest-1"])
        #expect(problems.allSatisfy { $0.advice.contains("weirctl forget ingest-1") })
        let epoch = machine.epoch.epoch
        let cost = json(forget(isDryRun: true, at: 3_110))
        #expect(cost.contains(#""committed_frame":4,"last_frame":6,"frames_given_up":2"#), "\(cost)")
        #expect(machine.epoch.epoch == epoch)

        let effects = forget(at: 3_120)
        #expect(json(effects).contains(#""frames_given_up":2"#))
        #expect(effects.transactions.first?.epoch?.epoch == epoch.next)
        #expect(
            machine.positionsToReplay.isEmpty
                && machine.problems(at: Story.after(3_120)).allSatisfy { $0.kind != .ingestLost }
        )
        let assigned = join(Story.two, at: 3_130).replies.compactMap {
            if case .assigned(let assignment) = $0 { assignment.positions } else { nil }
        }
        #expect(assigned == [[:]], "workers replay nothing of it")

        // Its disk was not gone after all.
        let refused = report(last: 6, at: 3_140).replies
        guard case .refused(let reason)? = refused.first else {
            Issue.record("\(refused)")
            return
        }
        #expect(reason.contains("forgotten") && reason.contains("empty data directory"))
        #expect(json(forget(at: 3_150)).contains("forgotten already"))
    }

    @Test mutating func aNewJournalUnderAForgottenNameBeginsAtItsFirstFrame() {
        lostIngest()
        _ = forget(at: 3_120)
        let epoch = machine.epoch.epoch
        let first = report(last: 0, at: 3_200)
        #expect(first.transactions.first?.epoch?.positions == [:])
        guard case .view(let view)? = first.replies.first else {
            Issue.record("\(first.replies)")
            return
        }
        #expect(view.epoch == epoch.next && view.committed == .none)
        let second = report(last: 3, at: 3_250)
        guard case .view(let later)? = second.replies.first else {
            Issue.record("\(second.replies)")
            return
        }
        #expect(later.epoch == view.epoch && later.committed == .none)
    }

    @Test mutating func whatIsThereOrWasNeverCountedIsNotForgotten() {
        _ = join()
        _ = report(last: 6, at: 10)
        #expect(json(forget(at: 20)).contains("is there"))
        let stranger = json(ask(.admin(.forget(NodeName("stranger")!, isDryRun: false)), at: 30))
        #expect(stranger.contains("no ingest stranger is missing"))
        #expect(machine.epoch.epoch == Epoch(1))
    }
}
