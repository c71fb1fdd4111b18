import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirCluster

/// Alerts in the life of a coordinator: with windows, workers, dead letters and restarts.
@Suite struct CoordinatorAlertTests {
    private var machine: CoordinatorMachine
    private var number: UInt64 = 0
    private static let executor = NodeName("executor-1")!

    init() {
        machine = Self.machine(StoreSnapshot())
        _ = join()
        _ = ask(report(last: 100), at: 1)
    }

    private static var contract: Contract {
        var contract = Contract()
        let few = AlertRule(
            name: "few",
            window: .streaming,
            metric: .totalGenerations,
            bound: .below(5, clear: 8)
        )
        var stuck = AlertRule(name: "stuck", window: .streaming, metric: .stuckWorkflows, bound: .above(1, clear: 0))
        stuck.holdFor = .seconds(10)
        contract.alerts.rules = [few, stuck]
        return contract
    }

    private static func machine(_ snapshot: StoreSnapshot, _ contract: Contract = contract) -> CoordinatorMachine {
        CoordinatorMachine(
            contract: contract,
            limits: CoordinatorLimits(),
            shards: Story.shards,
            expectedWorkers: 1,
            snapshot: snapshot,
            at: Story.start,
            stopwatch: { .zero }
        )
    }

    private mutating func ask(_ request: ControlRequest, at milliseconds: Int64) -> [CoordinatorEffect] {
        number += 1
        return machine.receive(.request(RequestID(number), request), at: Story.after(milliseconds))
    }

    private mutating func join() -> [CoordinatorEffect] {
        ask(
            .joinWorker(WorkerPresence(name: Story.one, incarnation: Incarnation(1), dataURL: "inproc://one")),
            at: 0
        )
    }

    private func report(last: UInt64) -> ControlRequest {
        .reportIngest(
            IngestReport(
                name: Story.ingest,
                incarnation: Incarnation(1),
                last: FrameSequence(last),
                sealedFlush: nil,
                accepted: 0
            )
        )
    }

    private func commit(
        _ number: UInt64,
        _ columns: EventColumns = EventColumns(),
        newest: EventTime,
        answers: [WorkflowAnswer] = []
    ) -> ControlRequest {
        var panes = PaneTable(limits: AggregateLimits(), layout: .standard)
        panes.add(columns, hashes: columns.workflowHashes)
        var tally = Tally()
        tally.counted = columns.count
        return .commit(
            Commit(
                worker: Story.one,
                incarnation: Incarnation(1),
                epoch: machine.epoch.epoch,
                number: CommitNumber(number),
                inputs: [
                    .init(ingest: Story.ingest, position: FrameSequence(number), newest: newest, isIdle: false)
                ],
                panes: panes.panes.map { .init(start: $0.start, aggregate: $0.aggregate.encoded) },
                tally: tally,
                answers: answers
            )
        )
    }

    private func alertIntents(_ effects: [CoordinatorEffect]) -> [Intent] {
        effects.transactions.flatMap(\.intents).map(\.intent).filter {
            $0.targetTopic == "dev.codegen.metrics_alert.v1"
        }
    }

    /// Events of one pane, by its number.
    private func events(_ count: Int, pane: Int) -> EventColumns {
        Story.started(
            pane * 1000..<pane * 1000 + count,
            from: Story.start.advanced(byMicroseconds: Int64(pane) * 5_000_000),
            spacing: 10
        )
    }

    /// Closes a pane by a commit whose newest event is past its tolerance.
    private func closing(pane: Int) -> EventTime {
        Story.start.advanced(byMicroseconds: Int64(pane + 1) * 5_000_000 + 1_000_000)
    }

    @Test mutating func firingAndResolvingAreIntentsInTheTransactionThatClosesTheWindow() throws {
        let fired = ask(commit(1, events(3, pane: 0), newest: closing(pane: 0)), at: 10)
        let transaction = try #require(fired.transactions.first { !$0.intents.isEmpty })
        #expect(transaction.windows.contains { $0.state == .completed && $0.window.type == .streaming })
        #expect(transaction.alerts.transitions.map(\.step.to.name) == ["pending", "firing"])
        let intent = try #require(alertIntents(fired).first)
        #expect(intent.priority == 1 && alertIntents(fired).count == 1)
        // The most urgent is leased first.
        let leased = ask(.lease(executor: Self.executor, Incarnation(1), max: 1), at: 11).leases
        #expect(leased.map(\.id) == [intent.id])

        #expect(alertIntents(ask(commit(2, events(6, pane: 1), newest: closing(pane: 1)), at: 20)).isEmpty)
        let resolved = alertIntents(ask(commit(3, events(9, pane: 2), newest: closing(pane: 2)), at: 30))
        #expect(resolved.map(\.correlationID) == [intent.correlationID] && resolved[0].id != intent.id)
    }

    @Test mutating func aDeadLetteredAlertLeavesItsWindowCompleted() throws {
        let id = try #require(
            alertIntents(ask(commit(1, events(3, pane: 0), newest: closing(pane: 0)), at: 10)).first
        ).id
        var time: Int64 = 20
        var last: IntentChange?
        while last?.state != .failed, time < 1_000_000 {
            let leased = ask(.lease(executor: Self.executor, Incarnation(1), max: 9), at: time).leases
            time += 100
            for lease in leased {
                let result = IntentResult(
                    intentID: lease.id,
                    correlationID: lease.id,
                    executedAt: Story.start,
                    success: lease.id != id,
                    errorMessage: nil,
                    executionDuration: .zero
                )
                let effects = ask(.report(executor: Self.executor, results: [result]), at: time)
                #expect(effects.transactions.flatMap(\.transitions).isEmpty)
                last = effects.transactions.flatMap(\.intentChanges).last { $0.id == id } ?? last
            }
        }
        #expect(last?.state == .failed)
    }

    /// The question of the rule about stuck workflows in a reply.
    private func question(_ effects: [CoordinatorEffect]) -> WorkflowQuery? {
        for case .committed(let receipt) in effects.replies { if let query = receipt.queries.first { return query } }
        return nil
    }

    @Test mutating func stuckWorkflowsAreAskedForAtTheEndOfEachWindowAlsoWhereNoEventsCome() throws {
        #expect(question(ask(commit(1, newest: closing(pane: -1)), at: 10)) == nil, "no window has ended")
        var time = closing(pane: 0)
        var number: UInt64 = 2
        var news: [String] = []
        // Two panes with nothing stuck, four with two, two with none.
        for stuck in [0, 0, 2, 2, 2, 2, 0, 0] {
            let asked = ask(commit(number, newest: time), at: Int64(number) * 10)
            let query = try #require(question(asked))
            guard case .stuck(let before, let limit) = query.subject else {
                Issue.record("another question")
                return
            }
            let end = EventTime(microseconds: time.microseconds - 1_000_000)
            #expect(before == end.advanced(byMicroseconds: -600_000_000) && limit == AlertLimits.stuckMax)
            number += 1
            let array = "[" + (0..<stuck).map { _ in #"{"transitions":[{"at":1}]}"# }.joined(separator: ",") + "]"
            let answer = WorkflowAnswer(query: query.query, json: Array(array.utf8))
            let answered = ask(commit(number, newest: time, answers: [answer]), at: Int64(number) * 10)
            #expect(question(answered) == nil, "once a window")
            let changes = answered.transactions.map(\.alerts).filter { !$0.isEmpty }
            news += changes.flatMap(\.transitions).map(\.step.to.name)
            if stuck == 0, news.last != "resolved" || changes.allSatisfy(\.transitions.isEmpty) {
                #expect(changes.isEmpty, "nothing to store while all is well")
            }
            number += 1
            time = time.advanced(byMicroseconds: 5_000_000)
        }
        #expect(news == ["pending", "firing", "resolved"])
    }

    @Test mutating func anUnansweredQuestionIsAskedAgainAtALaterWindow() throws {
        _ = ask(commit(1, newest: closing(pane: -1)), at: 10)
        _ = try #require(question(ask(commit(2, newest: closing(pane: 0)), at: 2_000)))
        #expect(question(ask(commit(3, newest: closing(pane: 1)), at: 4_000)) == nil, "one at a time")
        _ = ask(commit(4, newest: closing(pane: 1)), at: 6_000)
        #expect(machine.receive(.tick, at: Story.after(7_500)).replies.isEmpty, "it is given up in silence")
        #expect(question(ask(commit(5, newest: closing(pane: 2)), at: 8_000)) != nil)
    }

    @Test mutating func aCoordinatorThatStartsAgainAnnouncesNothingTwice() throws {
        let fired = ask(commit(1, events(3, pane: 0), newest: closing(pane: 0)), at: 10)
        let changes = fired.transactions.map(\.alerts).reduce(into: AlertChanges()) { $0.append($1) }
        var snapshot = StoreSnapshot()
        snapshot.alertProgress = changes.progress
        snapshot.alerts = changes.statuses
        snapshot.epoch = machine.epoch
        snapshot.watermark = machine.watermark
        snapshot.latestStarts = [.streaming: Story.start]
        machine = Self.machine(snapshot)
        #expect(alertIntents(machine.receive(.tick, at: Story.after(20))).isEmpty)
        _ = join()
        _ = ask(report(last: 100), at: 21)
        #expect(alertIntents(ask(commit(1, events(4, pane: 1), newest: closing(pane: 1)), at: 30)).isEmpty)
        #expect(alertIntents(ask(commit(2, events(9, pane: 2), newest: closing(pane: 2)), at: 40)).count == 1)

        // Without the rule, what fires is ended once.
        var without = Self.contract
        without.alerts.rules = []
        machine = Self.machine(snapshot, without)
        let ended = machine.receive(.tick, at: Story.after(20))
        #expect(alertIntents(ended).count == 1 && ended.transactions[0].alerts.removedRules == ["few"])
        #expect(alertIntents(machine.receive(.tick, at: Story.after(30))).isEmpty)
    }
}
