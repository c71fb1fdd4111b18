import Testing
import WeirConnectors

@Suite struct ThreadExecutorTests {
    private actor Sleeper {
        private let executor = ThreadExecutor(name: "sleeper")
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
        private(set) var woken: [String] = []

        func sleep(for time: Duration, as name: String) async {
            await executor.sleep(for: time)
            assertIsolated()
            woken.append(name)
        }

        func note(_ name: String) { woken.append(name) }
    }

    @Test func sleepersWakeInOrderOfTheirTimesOnTheirActor() async {
        let sleeper = Sleeper()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await sleeper.sleep(for: .milliseconds(500), as: "second") }
            group.addTask { await sleeper.sleep(for: .milliseconds(10), as: "first") }
            await group.waitForAll()
        }
        #expect(await sleeper.woken == ["first", "second"])
    }

    @Test func aSleepLastsAsLongAsItSays() async {
        let sleeper = Sleeper()
        let clock = ContinuousClock()
        let taken = await clock.measure { await sleeper.sleep(for: .milliseconds(30), as: "") }
        #expect(taken >= .milliseconds(30))
    }

    @Test func othersRunWhileOneSleeps() async {
        let sleeper = Sleeper()
        async let sleeping: Void = sleeper.sleep(for: .milliseconds(500), as: "sleeper")
        for index in 0..<100 { await sleeper.note("\(index)") }
        await sleeping
        let woken = await sleeper.woken
        #expect(woken.first == "0" && woken.count == 101)
    }

    @Test func aSleepOfNoTimeEnds() async {
        let sleeper = Sleeper()
        await sleeper.sleep(for: .zero, as: "zero")
        await sleeper.sleep(for: .milliseconds(-1), as: "past")
        #expect(await sleeper.woken == ["zero", "past"])
    }
}
