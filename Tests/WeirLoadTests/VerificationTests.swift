import Testing
import WeirCore
import WeirLoad

/// What a run sent against what windows say.
@Suite struct VerificationTests {
    private static let origin = EventTime("2026-11-03T00:00:02Z")!

    private static func plan(lanes: Int) -> LoadPlan {
        var generator = GeneratorSettings()
        generator.workflows = 40
        generator.duplicateShare = 0.04
        generator.lateShare = 0.01
        generator.disorderShare = 0.05
        generator.malformedShare = 0.03
        generator.envelopeShare = 0.2
        return LoadPlan(
            generator: generator,
            schedule: LoadSchedule(.constant(1000), seconds: 12),
            batchSize: 70,
            batchWait: .milliseconds(50),
            lanes: lanes
        )
    }

    private func lane(_ plan: LoadPlan, _ index: Int) -> LoadLane { LoadLane(plan, origin: Self.origin, index: index) }

    /// All lanes sent whole: what was noted, how many batches, and the windows that they make.
    private func sent(_ plan: LoadPlan) -> (observer: LaneObserver, batches: [Int], windows: ExpectedWindows) {
        var observer = LaneObserver(contract: Contract(), origin: Self.origin)
        var windows = ExpectedWindows(contract: Contract())
        var batches: [Int] = []
        for index in 0..<plan.lanes {
            var lane = lane(plan, index)
            var own = LaneObserver(contract: Contract(), origin: Self.origin)
            var buffer = LineBuffer(capacity: 1 << 16)
            while lane.next(into: &buffer, observer: &own) != nil {}
            batches.append(lane.taken)
            observer.merge(own)
            windows.add(self.lane(plan, index), batches: lane.taken)
        }
        return (observer, batches, windows)
    }

    private func record(_ window: Window, _ aggregate: WindowAggregate, revision: Int = 0) -> [UInt8] {
        let contract = Contract()
        let record = WindowRecord(window: window, layout: .standard, revision: revision, aggregate: aggregate)
        return Intent.payload(
            of: record,
            ids: IntentIDs(contract: contract, window: window, revision: revision),
            at: EventTime("2026-11-03T00:10:00Z")!,
            aggregationDuration: .milliseconds(3)
        )
    }

    @Test(arguments: [1, 3])
    func whatLanesNoteIsWhatTheyMakeOfTheWindows(lanes: Int) {
        let (observer, _, windows) = sent(Self.plan(lanes: lanes))
        var tally = observer.tally
        tally.settle()
        #expect(tally.lines == 12_000)
        #expect(tally.events == windows.events)
        #expect(tally.duplicates == windows.duplicates)
        #expect(tally.refused == windows.quarantined)
        var check = WindowCheck(contract: Contract())
        for (window, aggregate) in windows.windows(.streaming) {
            check.compare(record(window, aggregate), with: tally.panes[window.start]!, of: window)
        }
        #expect(check.compared == tally.panes.count)
        #expect(check.differences.isEmpty)
    }

    @Test func equalRecordsOfAnyRevisionAndRunAreEqual() {
        let (_, _, windows) = sent(Self.plan(lanes: 2))
        var check = WindowCheck(contract: Contract())
        for type in WindowType.allCases {
            for (window, aggregate) in windows.windows(type) {
                check.compare(record(window, aggregate, revision: 4), with: aggregate, of: window)
            }
        }
        #expect(check.compared >= 8)
        #expect(check.differences.isEmpty)
    }

    @Test func oneEventLessIsFound() {
        let plan = Self.plan(lanes: 2)
        let (observer, batches, windows) = sent(plan)
        var fewer = ExpectedWindows(contract: Contract())
        fewer.add(lane(plan, 0), batches: batches[0])
        fewer.add(lane(plan, 1), batches: batches[1] - 1)
        let (window, aggregate) = windows.windows(.streaming).last!
        var exact = WindowCheck(contract: Contract())
        exact.compare(
            fewer.windows(.streaming).last.map { record($0.window, $0.aggregate) },
            with: aggregate,
            of: window
        )
        #expect(exact.differences.count == 1)
        #expect(exact.differences[0].contains("events_processed is"))
        var tally = observer.tally
        tally.settle()
        var counts = WindowCheck(contract: Contract())
        counts.compare(
            fewer.windows(.streaming).last.map { record($0.window, $0.aggregate) },
            with: tally.panes[window.start]!,
            of: window
        )
        #expect(counts.differences.count == 1)
    }

    @Test func aWindowThatIsMissingOrTooManyIsFound() {
        let (_, _, windows) = sent(Self.plan(lanes: 1))
        let (window, aggregate) = windows.windows(.streaming)[0]
        var check = WindowCheck(contract: Contract())
        check.compare(nil, with: aggregate, of: window)
        check.unexpected(window)
        #expect(check.differences.count == 2)
    }
}
