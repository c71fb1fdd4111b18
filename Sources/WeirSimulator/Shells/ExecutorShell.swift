import WeirCluster
import WeirCore
import WeirWire

/// An executor: the machine with a sink that takes its time, fails, and remembers.
final class ExecutorShell: Process {
    private var machine = ExecutorMachine()
    private let incarnation: Incarnation

    init(_ world: World, name: NodeName) {
        let clock = world.drawClock()
        incarnation = Incarnation(UInt64(clock.reading(at: world.now).microseconds))
        super.init(world, name: name, address: name.text, clock: clock)
        every(world.scenario.tick) { [weak self] in self?.receive(.tick) }
    }

    /// Asks the process to stop in order.
    func leave() { run { [weak self] in self?.receive(.leave) } }

    private func receive(_ input: ExecutorInput) {
        for effect in machine.receive(input, at: clock) {
            switch effect {
            case .lease(let max): ask(.lease(executor: name, incarnation, max: max))
            case .leave: ask(.leave(name, incarnation))
            case .report(let results): ask(.report(executor: name, results: results))
            case .execute(let intent): execute(intent)
            }
        }
        if machine.hasLeft, isAlive { world.hasLeft(self) }
    }

    private func ask(_ request: ControlRequest) {
        let timeout = world.scenario.workerLimits.commitTimeout.inMicroseconds
        control.ask(request, timeout: timeout) { [weak self] reply in
            guard let self else { return }
            switch reply {
            case .leased(let intents): self.receive(.leased(intents))
            case .acknowledged: self.receive(.acknowledged)
            default: self.receive(.unanswered)
            }
        }
    }

    private func execute(_ intent: LeasedIntent) {
        after(world.random.span(world.scenario.sinkDelay)) { [weak self] in
            guard let self else { return }
            let fails = self.world.random.chance(self.world.sinkFailure)
            if fails {
                self.world.statistics.executionFailures += 1
            } else {
                self.world.invariants.carriedOut(intent)
            }
            // A crash may come between the sink's effect and the report.
            self.after(self.world.random.span(10...5000)) { [weak self] in
                guard let self else { return }
                self.receive(
                    .executed(
                        IntentResult(
                            intentID: intent.id,
                            correlationID: intent.correlationID,
                            executedAt: self.clock,
                            success: !fails,
                            errorMessage: fails ? "the sink fails (injected)" : nil,
                            executionDuration: .microseconds(100)
                        )
                    )
                )
            }
        }
    }
}
