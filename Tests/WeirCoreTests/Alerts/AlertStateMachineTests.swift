import Testing
import WeirCore

@Suite struct AlertStateMachineTests {
    private static let minute: Int64 = 60_000_000

    private func at(_ minutes: Int64) -> EventTime { EventTime(microseconds: minutes * Self.minute) }

    /// One window of a minute.
    private func observe(
        _ machine: inout AlertStateMachine,
        _ reading: AlertStateMachine.Reading,
        minute: Int64,
        holdFor minutes: Int64 = 0
    ) -> [String] {
        machine.observe(reading, start: at(minute), end: at(minute + 1), holdFor: minutes * Self.minute)
            .map { "\($0.from.name)→\($0.to.name) \($0.cause.name)" }
    }

    @Test func aBreachFiresAtOnceWhereNothingIsToBeHeldAndIsResolvedBeyondTheHysteresis() {
        var machine = AlertStateMachine()
        #expect(observe(&machine, .clear, minute: 0).isEmpty)
        #expect(observe(&machine, .between, minute: 1).isEmpty)
        #expect(observe(&machine, .breach, minute: 2) == ["ok→pending breach", "pending→firing held"])
        #expect(machine.state == .firing(AlertIncident(start: at(2), number: 0)))
        #expect(observe(&machine, .breach, minute: 3).isEmpty)
        #expect(observe(&machine, .between, minute: 4).isEmpty, "not good yet")
        #expect(observe(&machine, .clear, minute: 5) == ["firing→resolved clear"])
        #expect(observe(&machine, .between, minute: 6).isEmpty)
        #expect(observe(&machine, .breach, minute: 7) == ["resolved→pending breach", "pending→firing held"])
        #expect(machine.state == .firing(AlertIncident(start: at(7), number: 0)))
    }

    @Test func aBreachIsHeldFromTheStartOfItsFirstWindowToTheEndOfItsLast() {
        var machine = AlertStateMachine()
        #expect(observe(&machine, .breach, minute: 0, holdFor: 3) == ["ok→pending breach"])
        #expect(observe(&machine, .breach, minute: 1, holdFor: 3).isEmpty)
        #expect(observe(&machine, .between, minute: 2, holdFor: 3) == ["pending→ok recovered"])
        #expect(observe(&machine, .breach, minute: 3, holdFor: 3) == ["ok→pending breach"])
        #expect(observe(&machine, .breach, minute: 3, holdFor: 3).isEmpty, "a revision adds no time")
        #expect(observe(&machine, .breach, minute: 4, holdFor: 3).isEmpty)
        #expect(observe(&machine, .breach, minute: 5, holdFor: 3) == ["pending→firing held"])
    }

    @Test func revisionsOfOneWindowThatFireAgainAreIncidentsOfTheirOwn() {
        var machine = AlertStateMachine()
        var incidents: [AlertIncident] = []
        for reading in [AlertStateMachine.Reading.breach, .clear, .breach, .clear, .breach] {
            _ = observe(&machine, reading, minute: 4)
            if case .firing(let incident) = machine.state { incidents.append(incident) }
        }
        #expect(incidents.map(\.number) == [0, 1, 2] && Set(incidents.map(\.start)) == [at(4)])
        _ = observe(&machine, .clear, minute: 5)
        _ = observe(&machine, .breach, minute: 6)
        #expect(machine.state == .firing(AlertIncident(start: at(6), number: 0)))
    }

    @Test func anEndResolvesWhatFiresAndForgetsWhatIsPending() {
        var machine = AlertStateMachine()
        #expect(machine.end(.silence) == nil)
        _ = observe(&machine, .breach, minute: 0, holdFor: 9)
        #expect(machine.end(.silence)?.to == .ok)
        _ = observe(&machine, .breach, minute: 1)
        #expect(machine.end(.silence)?.to == .resolved(AlertIncident(start: at(1), number: 0)))
        #expect(machine.end(.silence) == nil)
    }

    @Test func boundsReadValuesWithTheirHysteresis() {
        let below = AlertRule.Bound.below(0.8, clear: 0.9)
        #expect([0.79, 0.8, 0.89, 0.9, 1].map(below.reading) == [.breach, .between, .between, .clear, .clear])
        let above = AlertRule.Bound.above(10, clear: 8)
        #expect([11, 10, 9, 8, 0].map(above.reading) == [.breach, .between, .between, .clear, .clear])
        let sharp = AlertRule.Bound.above(10, clear: 10)
        #expect([10.5, 10].map(sharp.reading) == [.breach, .clear])
    }
}
