import Testing
import WeirLoad

@Suite struct BatchPlannerTests {
    private func batches(_ schedule: LoadSchedule, size: Int, wait: Duration) -> [BatchPlanner.Batch] {
        var planner = BatchPlanner(schedule, size: size, wait: wait)
        var batches: [BatchPlanner.Batch] = []
        while let batch = planner.next() { batches.append(batch) }
        return batches
    }

    @Test func aFullBatchGoesWithItsLastEvent() {
        let all = batches(LoadSchedule(.constant(1000), seconds: 1), size: 100, wait: .seconds(10))
        #expect(all.count == 10)
        #expect(all.allSatisfy { $0.count == 100 })
        #expect(all[0].due == RunTime(nanoseconds: 99_000_000))
        #expect(all[3].firstEvent == 300)
    }

    @Test func aBatchThatIsNotFullGoesWhenItsFirstEventHasWaited() {
        let all = batches(LoadSchedule(.constant(1000), seconds: 1), size: 100, wait: .milliseconds(5))
        // Events at 0…5 ms are due by the time that the batch goes.
        #expect(all[0].count == 6)
        #expect(all[0].due == RunTime(nanoseconds: 5_000_000))
        #expect(all[1].firstEvent == 6)
        #expect(all[1].due == RunTime(nanoseconds: 11_000_000))
    }

    @Test func theRestGoesAtTheEndOfTheSchedule() {
        let all = batches(LoadSchedule(.constant(10), seconds: 1), size: 100, wait: .seconds(60))
        #expect(all.map(\.count) == [10])
        #expect(all[0].due == RunTime(seconds: 1))
    }

    @Test(arguments: [1, 3, 100], [0, 2, 50])
    func everyEventIsInOneBatchAndNoneLeavesBeforeItIsDue(size: Int, waitMs: Int) {
        let schedule = LoadSchedule(.ramp(from: 10, to: 3000), seconds: 2)
        var next = 0
        for batch in batches(schedule, size: size, wait: .milliseconds(waitMs)) {
            #expect(batch.firstEvent == next)
            #expect((1...size).contains(batch.count))
            #expect(batch.due >= schedule.time(of: next + batch.count - 1))
            #expect(batch.due.nanoseconds <= schedule.time(of: next).nanoseconds + Int64(waitMs) * 1_000_000)
            next += batch.count
        }
        #expect(next == schedule.events)
    }
}
