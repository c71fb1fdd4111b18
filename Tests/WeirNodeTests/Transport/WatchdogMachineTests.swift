import Testing

@testable import WeirNode

@Suite struct WatchdogMachineTests {
    @Test func aListenerThatFailsOftenEnoughInARowIsRebuilt() {
        var machine = WatchdogMachine(failuresMax: 3)
        #expect(machine.receive(.answered) == nil)
        #expect(machine.receive(.failed) == nil)
        #expect(machine.receive(.failed) == nil)
        #expect(machine.receive(.answered) == nil)
        #expect(machine.receive(.failed) == nil)
        #expect(machine.receive(.failed) == nil)
        #expect(machine.receive(.failed) == .rebuild)
        #expect(machine.receive(.answered) == .recovered)
        #expect(machine.receive(.failed) == nil)
    }

    @Test func aRebuiltListenerThatDoesNotAnswerIsGivenUp() {
        var machine = WatchdogMachine(failuresMax: 2)
        #expect(machine.receive(.answered) == nil)
        #expect(machine.receive(.failed) == nil)
        #expect(machine.receive(.failed) == .rebuild)
        #expect(machine.receive(.failed) == nil)
        #expect(machine.receive(.failed) == .giveUp)
    }

    @Test func aListenerThatNeverAnsweredIsLeftInPeace() {
        var machine = WatchdogMachine(failuresMax: 2)
        let actions = (0..<10).map { _ in machine.receive(.failed) }
        #expect(actions == [nil, .rebuild, nil, .warn] + [WatchdogMachine.Action?](repeating: nil, count: 6))
        #expect(machine.receive(.answered) == .recovered)
        #expect(machine.receive(.failed) == nil)
        #expect(machine.receive(.failed) == .rebuild)
    }

    /// Producers that are held back fill every place of the ingest: that is no stall.
    @Test func aSaturatedServerIsNoFailure() {
        var machine = WatchdogMachine(failuresMax: 2)
        #expect(machine.receive(.answered) == nil)
        #expect(machine.receive(.failed) == nil)
        for _ in 0..<10 { #expect(machine.receive(.saturated) == nil) }
        #expect(machine.receive(.failed) == .rebuild)
    }

    /// A client can stop a listener before the first probe comes.
    @Test func aListenerThatAnswersOnceItIsMadeAnewIsWatchedFromThereOn() {
        var machine = WatchdogMachine(failuresMax: 2)
        #expect([machine.receive(.failed), machine.receive(.failed)] == [nil, .rebuild])
        #expect(machine.receive(.answered) == .recovered)
        #expect([machine.receive(.failed), machine.receive(.failed)] == [nil, .rebuild])
    }
}
