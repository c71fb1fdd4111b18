import WeirCluster
import WeirCore
import WeirWire

/// A worker: the machine on the simulated network.
final class WorkerShell: Process {
    private(set) var machine: WorkerMachine

    init(_ world: World, name: NodeName, address: String) {
        let clock = world.drawClock()
        machine = WorkerMachine(
            name: name,
            incarnation: Incarnation(UInt64(clock.reading(at: world.now).microseconds)),
            dataURL: address,
            contract: world.scenario.contract,
            limits: world.scenario.workerLimits
        )
        super.init(world, name: name, address: address, clock: clock)
        every(world.scenario.tick) { [weak self] in self?.receive(.tick) }
    }

    override func handle(_ bytes: [UInt8], _ reply: @escaping ([UInt8]) -> Void) {
        do throws(DecodingFailure) {
            let delivery = world.sabotage.received(try Delivery(decoding: bytes))
            var answer: DeliveryReply?
            receive(.delivery(RequestID(0), delivery)) { answer = $0 }
            guard let answer else {
                preconditionFailure("a worker answers a delivery in the step that takes it")
            }
            world.note("\(name) ← \(delivery.summary) → \(answer)")
            after(world.random.span(20...2000)) { reply(answer.encoded) }
        } catch {
            world.note("\(name): refuses a delivery: \(error)")
            reply(DeliveryReply.notReady.encoded)
        }
    }

    /// The kernel closes what the process had open, also its connection to the coordinator.
    override func crash() {
        super.crash()
        disconnect()
    }

    /// The connection to the coordinator ends, which it hears of unless the link is cut.
    private func disconnect() {
        let (name, incarnation) = (name, machine.incarnation)
        for address in world.coordinatorAddresses {
            world.network.tell(from: self, address) { ($0 as? CoordinatorShell)?.disconnected(name, incarnation) }
        }
    }

    /// Asks the process to stop in order.
    func leave() { run { [weak self] in self?.receive(.leave) } }

    private func receive(_ input: WorkerInput, _ answer: ((DeliveryReply) -> Void)? = nil) {
        let epoch = machine.epoch
        let effects = machine.receive(input, at: clock)
        if machine.epoch > epoch { world.sabotage.joined(machine) }
        world.invariants.stepped(machine)
        for effect in effects {
            switch effect {
            case .answer(_, let reply): answer?(reply)
            case .join(let presence): ask(.joinWorker(presence))
            case .commit(let commit): ask(.commit(world.sabotage.sent(commit)))
            case .leave: ask(.leave(name, machine.incarnation))
            }
        }
        if machine.hasLeft, isAlive { world.hasLeft(self) }
    }

    private func ask(_ request: ControlRequest) {
        if case .commit(let commit) = request, world.loses(commit) {
            let receipt = CommitReceipt(number: commit.number, watermark: nil, queries: [])
            after(world.random.span(world.scenario.storeDelay)) { [weak self] in
                self?.receive(.reply(.committed(receipt)))
            }
            return
        }
        if world.random.chance(world.network.faults.resend) { disconnect() }
        let timeout = world.scenario.workerLimits.commitTimeout.inMicroseconds
        control.ask(request, timeout: timeout) { [weak self] reply in
            guard let self else { return }
            guard let reply else {
                self.receive(.unanswered)
                return
            }
            self.receive(.reply(self.world.sabotage.received(reply, self.machine)))
        }
    }
}
