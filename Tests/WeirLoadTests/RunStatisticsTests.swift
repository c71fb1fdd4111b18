import Testing
import WeirLoad

/// What is charged to whom, without a clock.
@Suite struct RunStatisticsTests {
    /// One sender at 100 events/s in batches of one; each request takes a millisecond, but one takes a second.
    private func stalled() -> RunStatistics {
        let schedule = LoadSchedule(.constant(100), seconds: 10)
        var planner = BatchPlanner(schedule, size: 1, wait: .zero)
        var statistics = RunStatistics(schedule, warmUp: .zero)
        var free = RunTime.zero
        while let batch = planner.next() {
            let sent = max(free, batch.due)
            let takes: Int64 = batch.index == 500 ? 1_000_000_000 : 1_000_000
            let answer = RunTime(nanoseconds: sent.nanoseconds + takes)
            statistics.sent(batch.count)
            statistics.acknowledged(
                SentBatch(
                    batch: batch,
                    senderFree: free,
                    sent: sent,
                    acknowledged: answer,
                    bytes: 470,
                    quarantined: 0,
                    retries: 0
                )
            )
            free = answer
        }
        return statistics
    }

    @Test func aStallIsChargedForAllThatWasDueInTheMeantime() {
        let statistics = stalled()
        #expect(statistics.latencySummary.count == 1000)
        // One request of a thousand was slow, which a closed loop would report …
        #expect(statistics.serviceSummary.p99Ms < 2)
        #expect(statistics.serviceSummary.maxMs == 1000)
        // … but the hundred events that were due in that second waited, up to a second.
        #expect(statistics.latencySummary.p90Ms > 50)
        #expect(statistics.latencySummary.p99Ms > 900)
        #expect(statistics.latencySummary.p50Ms < 2)
    }

    @Test func waitingForAFreePlaceIsNotTheHarnessesLag() {
        let statistics = stalled()
        #expect(statistics.lagSummary.maxMs == 0)
        #expect((80...130).contains(statistics.totals.heldBackBatches))
    }

    @Test func leavingLateWithAFreePlaceIs() {
        let schedule = LoadSchedule(.constant(100), seconds: 1)
        var planner = BatchPlanner(schedule, size: 10, wait: .seconds(1))
        var statistics = RunStatistics(schedule, warmUp: .zero)
        let batch = planner.next()!
        let sent = RunTime(nanoseconds: batch.due.nanoseconds + 7_000_000)
        statistics.acknowledged(
            SentBatch(
                batch: batch,
                senderFree: .zero,
                sent: sent,
                acknowledged: sent,
                bytes: 0,
                quarantined: 0,
                retries: 0
            )
        )
        #expect(statistics.lagSummary.maxMs == 7)
        #expect(statistics.totals.heldBackBatches == 0)
        // The first event of the batch was due 90 ms before the last.
        #expect(statistics.latencySummary.maxMs == 97)
        #expect(abs(statistics.latencySummary.p50Ms - 47) < 0.1)
    }

    @Test func theWarmUpIsCountedAndNotMeasured() {
        let schedule = LoadSchedule(.constant(100), seconds: 2)
        var planner = BatchPlanner(schedule, size: 1, wait: .zero)
        var statistics = RunStatistics(schedule, warmUp: .seconds(1))
        while let batch = planner.next() {
            statistics.acknowledged(
                SentBatch(
                    batch: batch,
                    senderFree: .zero,
                    sent: batch.due,
                    acknowledged: batch.due,
                    bytes: 1,
                    quarantined: 0,
                    retries: 0
                )
            )
        }
        #expect(statistics.totals.acknowledgedEvents == 200)
        #expect(statistics.totals.measuredEvents == 100)
        #expect(statistics.latencySummary.count == 100)
    }

    @Test func anIntervalSaysWhatCameInItAndIsThenForgotten() {
        let schedule = LoadSchedule(.constant(100), seconds: 10)
        var planner = BatchPlanner(schedule, size: 50, wait: .seconds(1))
        var statistics = RunStatistics(schedule, warmUp: .zero)
        let batch = planner.next()!
        statistics.acknowledged(
            SentBatch(
                batch: batch,
                senderFree: .zero,
                sent: batch.due,
                acknowledged: RunTime(nanoseconds: batch.due.nanoseconds + 10_000_000),
                bytes: 1,
                quarantined: 0,
                retries: 0
            )
        )
        statistics.retried()
        let first = statistics.takeInterval(from: .zero, to: RunTime(seconds: 1))
        #expect(first.acknowledgedPerSecond == 50)
        #expect(first.scheduledPerSecond == 100)
        #expect(first.backlogEvents == 50)
        #expect(first.errors == 1)
        #expect(first.maxMs == 500)
        let second = statistics.takeInterval(from: RunTime(seconds: 1), to: RunTime(seconds: 2))
        #expect(second.acknowledgedPerSecond == 0)
        #expect(second.maxMs == 0)
        #expect(second.backlogEvents == 150)
    }
}
