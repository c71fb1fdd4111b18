import Testing
import WeirLoad

@Suite struct LoadScheduleTests {
    @Test func aConstantRateSpacesEventsEvenly() {
        let schedule = LoadSchedule(.constant(1000), seconds: 10)
        #expect(schedule.events == 10_000)
        #expect(schedule.time(of: 0) == .zero)
        #expect(schedule.time(of: 1) == RunTime(nanoseconds: 1_000_000))
        #expect(schedule.time(of: 9999) == RunTime(nanoseconds: 9_999_000_000))
    }

    @Test func aRampIsTheIntegralOfItsRate() {
        let schedule = LoadSchedule(.ramp(from: 100, to: 300), seconds: 10)
        #expect(schedule.events == 2000)
        // After x seconds: 100x + 10x².
        #expect(abs(schedule.time(of: 750).seconds - 5) < 1e-9)
        #expect(schedule.events(before: RunTime(seconds: 5)) == 750)
    }

    @Test func aRampMayBeginAtNothingOrGoDown() {
        let up = LoadSchedule(.ramp(from: 0, to: 200), seconds: 10)
        #expect(up.events == 1000)
        #expect(abs(up.time(of: 250).seconds - 5) < 1e-9)
        let down = LoadSchedule(.ramp(from: 200, to: 0), seconds: 10)
        #expect(abs(down.time(of: 750).seconds - 5) < 1e-9)
    }

    @Test func stepsAreOfEqualLengthAndHeight() {
        let schedule = LoadSchedule(.step(from: 100, to: 300, steps: 3), seconds: 30)
        #expect(schedule.events == 6000)
        #expect(schedule.time(of: 1000) == RunTime(seconds: 10))
        #expect(schedule.events(before: RunTime(seconds: 20)) == 3000)
        #expect(schedule.events(before: RunTime(seconds: 25)) == 4500)
    }

    @Test func burstsComeAtTheEndOfEachInterval() {
        let schedule = LoadSchedule(.burst(base: 10, peak: 1000, every: 10, length: 1), seconds: 20)
        #expect(schedule.events == 2 * (90 + 1000))
        #expect(schedule.events(before: RunTime(seconds: 9)) == 90)
        #expect(schedule.events(before: RunTime(seconds: 10)) == 1090)
        #expect(schedule.events(before: RunTime(seconds: 15)) == 1140)
    }

    @Test func aBurstThatTheRunCutsOffIsAsLongAsIsLeft() {
        let schedule = LoadSchedule(.burst(base: 10, peak: 1000, every: 10, length: 2), seconds: 9)
        #expect(schedule.events == 80 + 1000)
    }

    @Test(
        arguments: [
            RateProfile.constant(777), .ramp(from: 5, to: 900), .step(from: 50, to: 500, steps: 7),
            .burst(base: 20, peak: 400, every: 3, length: 0.5),
        ]
    )
    func timesNeverGoBackAndAgreeWithCounts(profile: RateProfile) {
        let schedule = LoadSchedule(profile, seconds: 11)
        var last = RunTime.zero
        for event in 0..<schedule.events {
            let time = schedule.time(of: event)
            #expect(time >= last)
            #expect(time.seconds <= 11)
            // An event is counted from its time on, to the rounding of a nanosecond.
            #expect(schedule.events(before: RunTime(nanoseconds: time.nanoseconds + 2)) >= event + 1)
            #expect(schedule.events(before: RunTime(nanoseconds: max(0, time.nanoseconds - 2))) <= event + 1)
            last = time
        }
    }

    @Test func aLimitOfEventsEndsTheSchedule() {
        #expect(LoadSchedule(.constant(1000), seconds: 10, events: 25).events == 25)
        #expect(LoadSchedule(.constant(1000), seconds: 10, events: 1_000_000).events == 10_000)
    }
}
