import WeirCore
import WeirWire

/// Whoever asks the cluster things: status, workflows, flushes.
final class Operator: Process {
    private(set) var isFlushed = false

    init(_ world: World) {
        let name = NodeName("operator")!
        super.init(world, name: name, address: name.text, clock: world.drawClock())
        askSomething()
    }

    private func askSomething() {
        after(world.random.span(world.scenario.operatorPause)) { [weak self] in
            guard let self, !self.world.isHealed else { return }
            let request: AdminRequest
            switch self.world.random.within(0...9) {
            case 0: request = .flush
            case 6:
                guard let node = self.pickNode() else { fallthrough }
                self.world.statistics.drains += 1
                request = .drain(node, undo: self.world.random.chance(0.4), isDryRun: self.world.random.chance(0.1))
            case 7: request = .rebalance(isDryRun: self.world.random.chance(0.1))
            case 8: request = .retryIntents([])
            case 9: request = self.world.random.chance(0.5) ? .nodes : .shards
            case 1: request = .stuckWorkflows(limit: 3)
            case 2, 3:
                let count = self.world.events.count
                guard count > 0 else { fallthrough }
                request = .workflow(self.world.events.columns.workflowIDs[self.world.random.within(0...(count - 1))])
            default: request = .status
            }
            self.world.statistics.queries += 1
            self.ask(request, timeout: 10_000_000) { _ in }
            self.askSomething()
        }
    }

    private func pickNode() -> NodeName? {
        let names = world.workers.keys.sorted() + world.ingestNames
        return names.isEmpty ? nil : world.random.pick(names)
    }

    /// Puts every drained node back into service.
    func undrainAll() {
        for node in world.store.drained.sorted() { undrain(node) }
    }

    private func undrain(_ node: NodeName) {
        ask(.drain(node, undo: true, isDryRun: false), timeout: 1_000_000) { [weak self] _ in
            guard let self, self.world.store.drained.contains(node) else { return }
            self.after(200_000) { [weak self] in self?.undrain(node) }
        }
    }

    /// Asks for a flush until it is answered.
    func flushUntilDone() {
        world.note("operator asks for a flush")
        ask(.flush, timeout: 30_000_000) { [weak self] reply in
            guard let self else { return }
            if case .json? = reply {
                self.world.statistics.flushes += 1
                self.isFlushed = true
            } else {
                self.after(200_000) { [weak self] in self?.flushUntilDone() }
            }
        }
    }

    private func ask(_ request: AdminRequest, timeout: Int64, _ then: @escaping (ControlReply?) -> Void) {
        control.ask(.admin(request), timeout: timeout, then)
    }
}
