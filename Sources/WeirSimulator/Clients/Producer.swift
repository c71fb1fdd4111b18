import WeirCluster
import WeirCore
import WeirWire

/// A producer: sends batches, and sends each again until it is acknowledged, to the same ingest or another.
final class Producer: Process {
    private let profile: ProducerProfile
    private var remaining: Int
    private var underWay = 0
    private var isPausing = false
    /// Events that it has sent, for repeating some.
    private var sent: [Int] = []

    init(_ world: World, number: Int, profile: ProducerProfile) {
        self.profile = profile
        remaining = profile.events
        let name = NodeName("producer-\(number)")!
        super.init(world, name: name, address: name.text, clock: world.drawClock())
        goOn()
    }

    /// Whether everything is sent and acknowledged.
    var isDone: Bool { remaining == 0 && underWay == 0 }

    /// Stops making new events, and only gets acknowledged what is under way.
    func wrapUp() { remaining = 0 }

    private func goOn() {
        guard remaining > 0, underWay < profile.window, !isPausing else { return }
        isPausing = true
        var pause = world.random.span(profile.pause)
        if world.random.chance(profile.silence) { pause += world.random.span(1000...profile.silenceMax) }
        after(pause) { [weak self] in
            guard let self else { return }
            self.isPausing = false
            guard self.remaining > 0 else { return }
            self.underWay += 1
            self.send(self.makeBatch(), to: self.world.random.pick(self.world.ingestNames))
            self.goOn()
        }
    }

    private func makeBatch() -> ProducerBatch {
        var batch = ProducerBatch(source: name.text, events: [], refused: [])
        for _ in 0..<min(remaining, world.random.within(1...profile.batchMax)) {
            remaining -= 1
            let event = world.events.add(at: eventTime())
            batch.events.append(event)
            sent.append(event)
        }
        world.statistics.events += batch.events.count
        if world.random.chance(profile.repeats) {
            for _ in 0..<world.random.within(1...4) {
                // Most often one of late, and sometimes one of long ago.
                let old = world.random.chance(0.7) ? max(0, sent.count - 40) : 0
                batch.events.append(sent[world.random.within(old...(sent.count - 1))])
                world.statistics.repeated += 1
            }
        }
        if world.random.chance(profile.malformed) {
            batch.refused.append(
                QuarantinedLine(
                    reason: world.random.chance(0.5) ? .malformedJSON : .validationError,
                    detail: "made so by the simulation",
                    line: batch.events.count,
                    bytes: [0x7B]
                )
            )
        }
        return batch
    }

    private func eventTime() -> EventTime {
        var time = ProcessClock.epoch.microseconds + Int64(Double(world.now) * profile.pace) + profile.ahead
        if profile.disorder > 0 { time -= Int64.random(in: 0...profile.disorder, using: &world.random) }
        if world.random.chance(profile.late) { time -= Int64.random(in: 0...profile.lateMax, using: &world.random) }
        return EventTime(microseconds: time)
    }

    private func send(_ batch: ProducerBatch, to ingest: NodeName) {
        var hasEnded = false
        let retry = { [weak self] (pause: Int64) in
            guard let self, !hasEnded else { return }
            hasEnded = true
            self.after(pause) { [weak self] in
                guard let self else { return }
                let other = self.world.random.chance(self.profile.switches)
                self.send(batch, to: other ? self.world.random.pick(self.world.ingestNames) : ingest)
            }
        }
        world.network.pass(from: self, to: ingest.text) { server, reply in
            guard let server = server as? IngestShell else { return }
            server.take(batch) { answer in reply { take(answer) } }
        }
        after(profile.timeout) { retry(0) }

        func take(_ answer: IngestShell.IngestAnswer) {
            switch answer {
            case .accepted(let sequence):
                // Also when it came too late for this attempt: acknowledged is acknowledged.
                world.ledger.acknowledged(batch, by: ingest, sequence)
                guard !hasEnded else { return }
                hasEnded = true
                underWay -= 1
                goOn()
            case .retry:
                world.statistics.refusals += 1
                retry(world.random.span(10_000...500_000))
            }
        }
    }
}
