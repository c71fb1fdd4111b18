import WeirCluster
import WeirCore
import WeirWire

/// An ingest: the machine with the simulated disk and network, as `IngestNode` is with the real ones.
final class IngestShell: Process {
    private(set) var machine: IngestMachine
    private let disk: JournalDisk
    private var queue: [JournalledFrame] = []
    private var isWriting = false
    private var requests: [RequestID: (IngestAnswer) -> Void] = [:]
    private var lastRequest: UInt64 = 0

    /// What a producer is told.
    enum IngestAnswer {
        case accepted(sequence: FrameSequence)
        case retry(reason: String)
    }

    /// Virtual time without a reply after which a delivery is made again.
    private static let deliveryTimeout: Int64 = 5_000_000
    /// Virtual time that an ingest on its way out waits for its frames to be committed.
    private static let commitGrace: Int64 = 3_000_000
    private var isLeaving = false
    /// Crashes the process the next time that it writes, before the sync returns.
    var crashesInWrite: (() -> Void)?

    init(_ world: World, name: NodeName, disk: JournalDisk) {
        let clock = world.drawClock()
        let now = clock.reading(at: world.now)
        self.disk = disk
        machine = IngestMachine(
            name: name,
            incarnation: Incarnation(UInt64(now.microseconds)),
            contract: world.scenario.contract,
            limits: world.scenario.ingestLimits,
            journal: (disk.last, disk.newest),
            at: now
        )
        super.init(world, name: name, address: name.text, clock: clock)
        every(world.scenario.tick) { [weak self] in self?.receive(.tick) }
    }

    /// The process ends: unsynced frames are lost, wholly or from some frame on.
    override func crash() {
        super.crash()
        let (survived, lost) = disk.crash(using: &world.random)
        world.ledger.becameDurable(survived, of: name)
        world.statistics.framesLost += lost + queue.count
    }

    /// Asks the process to stop in order: it takes no more batches, waits for commits, and says that it goes.
    func leave() {
        guard !isLeaving else { return }
        isLeaving = true
        let end = world.now + Self.commitGrace
        every(10_000) { [weak self] in
            guard let self, self.machine.isCommitted || self.world.now > end else { return }
            self.control.ask(.leave(self.name, self.machine.incarnation), timeout: 500_000) { [weak self] _ in
                if let self, self.isAlive { self.world.hasLeft(self) }
            }
        }
    }

    // MARK: - Producers

    /// Takes a batch; `answer` is called once, unless the process ends before.
    func take(_ batch: ProducerBatch, _ answer: @escaping (IngestAnswer) -> Void) {
        if isLeaving {
            answer(.retry(reason: "the node is stopping"))
            return
        }
        lastRequest += 1
        let id = RequestID(lastRequest)
        requests[id] = answer
        let columns = world.events.columns(of: batch.events)
        var cursor = PayloadCursor()
        let payloads = columns.kinds.map { cursor.next($0) }
        receive(
            .batch(
                IngestBatch(
                    request: id,
                    source: batch.source,
                    columns: columns,
                    quarantined: batch.refused,
                    line: { columns.json(ofRow: $0, payload: payloads[$0]) }
                )
            )
        )
    }

    private func answer(_ id: RequestID, _ answer: IngestAnswer) { requests.removeValue(forKey: id)?(answer) }

    // MARK: - Machine

    private func receive(_ input: IngestInput) {
        let effects = machine.receive(input, at: clock)
        world.invariants.stepped(machine)
        for effect in effects {
            switch effect {
            case .append(let frame):
                queue.append(frame)
                if world.sabotage.acknowledgesBeforeSync {
                    after(0) { [weak self] in self?.receive(.synced(frame.sequence)) }
                }
                writeIfFree()
            case .acknowledge(let id, _, _, let sequence):
                answer(id, .accepted(sequence: sequence))
            case .refuse(let id, let reason):
                answer(id, .retry(reason: reason))
            case .deliver(let worker, let url, let delivery):
                deliver(delivery, to: worker, at: url)
            case .readJournal(let worker, let epoch, let from):
                after(world.random.span(100...5000)) { [weak self] in
                    guard let self else { return }
                    self.receive(.journal(worker: worker, epoch: epoch, self.disk.read(from: from)))
                }
            case .report(let report):
                send(report)
            case .trim(let through, let moment):
                trim(through, moment)
            case .damaged(let sequence, let reason):
                world.fail("every frame in a journal can be read", "\(name) frame \(sequence.value): \(reason)")
            }
        }
    }

    // MARK: - Journal

    /// Writes what has gathered, with one sync.
    private func writeIfFree() {
        guard !isWriting, !queue.isEmpty else { return }
        isWriting = true
        let frames = queue
        queue = []
        disk.write(frames)
        let delay = world.random.span(world.scenario.syncDelay)
        if let crash = crashesInWrite {
            crashesInWrite = nil
            after(delay / 2, crash)
        }
        after(delay) { [weak self] in
            guard let self else { return }
            self.isWriting = false
            if self.world.now < self.disk.failsUntil {
                self.world.statistics.diskFailures += 1
                self.world.note("\(self.name): an append of \(frames.count) frames fails")
                self.disk.truncate()
                // What was queued since follows frames that are not there.
                self.queue = []
                self.receive(.appendFailed(from: frames[0].sequence, reason: "the disk is full (injected)"))
            } else {
                let synced = self.disk.sync()
                self.world.ledger.becameDurable(synced, of: self.name)
                self.receive(.synced(frames.last!.sequence))
            }
            self.writeIfFree()
        }
    }

    private func trim(_ through: FrameSequence, _ moment: EventTime) {
        let (through, moment) = world.sabotage.trimmed(through, moment, last: machine.lastSynced)
        let removed = disk.trim(through: through, olderThan: moment)
        guard removed > 0 else { return }
        world.statistics.framesTrimmed += removed
        world.note("\(name): trims \(removed) frames, through \(disk.trimmedThrough.value)")
        world.ledger.trimmed(name, through: disk.trimmedThrough)
    }

    // MARK: - Network

    private func deliver(_ delivery: Delivery, to worker: NodeName, at url: String) {
        world.network.request(from: self, to: url, delivery.encoded, timeout: Self.deliveryTimeout) {
            [weak self] bytes in
            guard let self else { return }
            if let bytes, let reply = try? DeliveryReply(decoding: bytes) {
                self.receive(.delivered(worker: worker, epoch: delivery.epoch, reply))
            } else {
                self.receive(.deliveryFailed(worker: worker, epoch: delivery.epoch))
            }
        }
    }

    private func send(_ report: IngestReport) {
        let timeout = world.scenario.workerLimits.commitTimeout.inMicroseconds
        control.ask(.reportIngest(report), timeout: timeout) { [weak self] reply in
            if let self, case .view(let view)? = reply { self.receive(.view(view)) }
        }
    }
}
