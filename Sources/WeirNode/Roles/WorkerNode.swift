import Logging
import NNG
import ServiceLifecycle
import WeirCluster
import WeirConnectors
import WeirCore
import WeirWire

/// The shell of a ``WorkerMachine``: its data socket, its line to the coordinator, its clock. The machine runs on a thread of its own.
public actor WorkerNode: Service {
    private let executor: ThreadExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var machine: WorkerMachine
    private let server: WatchedServer
    private let lineGuard: LineGuard
    private let control: ControlClient
    private let log: Logger
    private let notices = NoticeLimiter()
    private var lastRequest: UInt64 = 0
    private var answers: [RequestID: DeliveryReply] = [:]
    private let outbox = JobQueue<ControlRequest>(limit: 1)
    private let departure: Departure
    private let metrics: NodeMetrics
    private var contact: CoordinatorContact
    private nonisolated let epoch: CurrentEpoch
    /// Nil when tracing is off.
    private nonisolated let tracer: EventTracer?
    /// Traced events since the last commit, and those of the one under way.
    private var traced: [EventTracer.Application] = []
    private var tracedCommit: TracedCommit?
    /// Frame up to which events were traced, by ingest: a delivery that is repeated is not traced again.
    private var tracedUpTo: [NodeName: FrameSequence] = [:]
    private nonisolated let name: NodeName
    private var isStopped = false

    /// Where it listens.
    public nonisolated let url: String
    /// Where ingests are told to find it.
    public nonisolated let advertisedURL: String

    /// Wall clock: how long the last commits and the leave may take.
    static let leaveTimeout = Duration.seconds(5)

    private struct TracedCommit {
        var number: CommitNumber
        var beganAt: WallTime
        var events: [EventTracer.Application]
    }

    /// - Parameters:
    ///   - dataURL: where it listens for ingests.
    ///   - advertisedURL: where ingests reach it, when that is another one.
    init(
        name: NodeName,
        incarnation: Incarnation,
        dataURL: String,
        advertisedURL: String? = nil,
        controlURL: String,
        departure: Departure,
        configuration: NodeConfiguration,
        security: TransportSecurity,
        contract: Contract,
        metrics: NodeMetrics,
        tracer: EventTracer?,
        epoch: CurrentEpoch,
        log: Logger
    ) throws {
        executor = ThreadExecutor(name: name.text)
        var limits = NNGLimits()
        limits.messageBytesMax = max(64 << 20, 4 * configuration.ingest.requestBytesMax)
        lineGuard = security.lineGuard(.data, on: dataURL)
        server = try WatchedServer(security: security, limits: limits, watchdog: configuration.watchdog, log: log)
        let bound = try server.listen(dataURL)
        url = bound
        self.advertisedURL = advertisedURL ?? bound
        control = try ControlClient(
            url: controlURL,
            discovery: configuration.discovery,
            timeout: configuration.worker.commitTimeout,
            security: security,
            as: .worker,
            log: log
        )
        machine = WorkerMachine(
            name: name,
            incarnation: incarnation,
            dataURL: advertisedURL ?? bound,
            contract: contract,
            limits: WorkerLimits(configuration.worker)
        )
        self.departure = departure
        self.metrics = metrics
        self.tracer = tracer
        contact = CoordinatorContact(url: controlURL, silenceMax: configuration.coordinatorSilence)
        self.epoch = epoch
        self.name = name
        self.log = log
    }

    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.server.serve(byConnection: { await self.open($0, $1) }) }
            group.addTask { await self.talk() }
            group.addTask { await self.keepTime() }
            group.addTask {
                await stopIsAskedFor()
                await self.stop()
            }
            await group.waitForAll()
        }
        control.close()
    }

    /// Whether the coordinator has answered.
    public var isJoined: Bool { machine.hasJoined }
    /// Whether it takes part in an epoch.
    public var isReady: Bool { machine.epoch > .none }

    /// Why it counts nothing now; nil when it does.
    var unreadiness: String? {
        if isStopped { return "the worker is stopping" }
        if let trouble = contact.trouble(at: .now) { return trouble }
        return isReady
            ? nil : "the worker takes part in no epoch yet; the coordinator places shards when membership is quiet"
    }

    private func keepTime() async {
        await everyTick(of: executor) { tick() }
    }

    private func tick() -> TickOutcome {
        receive(.tick)
        return isStopped ? .done : .goOn
    }

    private func stop() async {
        if departure == .announced {
            receive(.leave)
            if await !isMet(within: Self.leaveTimeout, { await self.machine.hasLeft }) {
                log.warning("the coordinator was not told that the worker goes; its shards move when it is missed")
            }
        }
        isStopped = true
        server.close()
        outbox.finish()
    }

    private nonisolated func open(_ bytes: [UInt8], _ connection: ConnectionID) async -> [UInt8] {
        func note(_ reason: String) {
            guard notices.admits(reason) else { return }
            log.error("refused a delivery", metadata: ["peer": "\(connection.peer)", "error": "\(reason)"])
        }
        return await lineGuard.answer(bytes, refused: note) { message, speaker in
            guard speaker.mayDeliver else {
                let reason = Authorization.refusalOfDelivery(from: speaker)
                note(reason)
                return WireRefusal(reason: reason).encoded
            }
            return await deliver(message)
        }
    }

    private nonisolated func deliver(_ bytes: [UInt8]) async -> [UInt8] {
        do {
            let delivery = try Delivery(decoding: bytes)
            return await take(delivery, traced: tracer?.applications(in: delivery) ?? []).encoded
        } catch DecodingFailure.version(let found, let supported) {
            let failure = DecodingFailure.version(found: found, supported: supported)
            if notices.admits(failure.description) {
                log.error("refused a delivery", metadata: ["error": "\(failure)"])
            }
            return WireRefusal(failure).encoded
        } catch {
            log.error("refused a delivery", metadata: ["error": "\(error)"])
            return DeliveryReply.notReady.encoded
        }
    }

    private func take(_ delivery: Delivery, traced events: [EventTracer.Application]) -> DeliveryReply {
        guard let tracer, !events.isEmpty, !machine.isReplaying else { return take(delivery) }
        let beganAt = WallTime.now
        let reply = take(delivery)
        guard reply == .applied(through: delivery.through) else { return reply }
        let last = tracedUpTo[delivery.ingest] ?? .none
        let new = events.filter { $0.frame > last && machine.owns($0.event.workflowID) }
        tracedUpTo[delivery.ingest] = max(last, delivery.through)
        tracer.applied(new, by: name, machine.epoch, from: beganAt, to: .now)
        traced += new.prefix(TracingLimits.uncommittedEvents - traced.count)
        return reply
    }

    /// What was not committed comes again with the next epoch.
    private func forgetTraced() {
        traced = []
        tracedCommit = nil
        tracedUpTo = [:]
    }

    private func noteCommit(_ number: CommitNumber) {
        guard tracer != nil, tracedCommit?.number != number else { return }
        tracedCommit = TracedCommit(number: number, beganAt: .now, events: traced)
        traced = []
    }

    private func noteReply(_ reply: ControlReply) {
        if let reason = reply.refusal {
            contact.noteRefusal(reason)
            log.refused(reason, notices)
        } else {
            contact.noteAnswer(at: .now)
        }
        guard let tracer else { return }
        switch reply {
        case .committed(let receipt):
            guard let commit = tracedCommit, commit.number == receipt.number else { return }
            tracedCommit = nil
            tracer.committed(
                commit.events,
                by: name,
                machine.epoch,
                commit.number,
                from: commit.beganAt,
                to: .now
            )
        case .assigned, .wrongEpoch: forgetTraced()
        default: break
        }
    }

    private func take(_ delivery: Delivery) -> DeliveryReply {
        lastRequest += 1
        let id = RequestID(lastRequest)
        receive(.delivery(id, delivery))
        guard let reply = answers.removeValue(forKey: id) else {
            preconditionFailure("a worker answers a delivery in the step that takes it")
        }
        return reply
    }

    private func receive(_ input: WorkerInput) {
        if case .reply(let reply) = input { noteReply(reply) }
        for effect in machine.receive(input, at: .now) {
            switch effect {
            case .answer(let id, let reply): answers[id] = reply
            case .join(let presence): outbox.add(.joinWorker(presence))
            case .commit(let commit):
                noteCommit(commit.number)
                outbox.add(.commit(commit))
            case .leave: outbox.add(.leave(machine.name, machine.incarnation))
            }
        }
        epoch.set(machine.epoch)
    }

    private nonisolated func count(_ reply: ControlReply, _ duration: Duration) {
        if case .committed = reply {
            metrics.add(.commits, [name.text, "committed"])
            metrics.observe(.commitSeconds, [name.text], duration)
        } else {
            metrics.add(.commits, [name.text, "refused"])
        }
    }

    /// What it holds now.
    public var samples: [MetricSample] {
        [
            MetricSample(.workerEpoch, [name.text], Double(machine.epoch.value)),
            MetricSample(.workerUncommitted, [name.text], machine.uncommittedEvents),
        ]
    }

    /// Sends requests to the coordinator, one at a time.
    private nonisolated func talk() async {
        for await request in outbox.jobs {
            let clock = ContinuousClock()
            let began = clock.now
            do throws(ControlFailure) {
                let reply = try await control.send(request)
                if case .commit = request { count(reply, clock.now - began) }
                await receive(.reply(reply))
            } catch {
                if case .commit = request { metrics.add(.commits, [name.text, "unanswered"]) }
                log.unanswered(error, await contact.trouble(at: .now), notices)
                await receive(.unanswered)
            }
        }
    }
}

extension WorkerLimits {
    init(_ configuration: NodeConfiguration.Worker) {
        self.init()
        commitInterval = configuration.commitInterval
        commitTimeout = configuration.commitTimeout
        deltaEventsMax = configuration.deltaEventsMax
        uncommittedEventsMax = configuration.uncommittedEventsMax
        quarantineBytesMax = configuration.quarantineBytesMax
    }
}
