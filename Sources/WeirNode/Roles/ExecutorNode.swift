import Logging
import NNG
import ServiceLifecycle
import WeirCluster
import WeirConnectors
import WeirCore
import WeirWire

/// The shell of an ``ExecutorMachine``: it carries intents out through sinks, all of them for each intent.
public actor ExecutorNode: Service {
    private enum Job: Sendable {
        case request(ControlRequest)
        case execute(LeasedIntent)
    }

    private let executor: ThreadExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let name: NodeName
    private let incarnation: Incarnation
    private var machine: ExecutorMachine
    private let control: ControlClient
    private let sinks: [any IntentSink]
    /// Nil when it leases its intents.
    private let bus: IntentBus?
    private let log: Logger
    private let metrics: NodeMetrics
    /// Nil when tracing is off.
    private let tracer: EventTracer?
    private let notices = NoticeLimiter()
    /// One request at a time, and as many intents as the machine carries out at a time.
    private let jobs = JobQueue<Job>(limit: ExecutorMachine.concurrencyMax + 1)
    private var hasAnswer = false
    private var contact: CoordinatorContact
    private var isStopped = false

    /// Wall clock: how long intents that are under way, their results and the leave may take.
    static let leaveTimeout = Duration.seconds(5)

    init(
        name: NodeName,
        incarnation: Incarnation,
        controlURL: String,
        sinks: [any IntentSink],
        bus: IntentBus?,
        configuration: NodeConfiguration,
        security: TransportSecurity,
        metrics: NodeMetrics,
        tracer: EventTracer?,
        log: Logger
    ) throws {
        executor = ThreadExecutor(name: name.text)
        self.name = name
        self.incarnation = incarnation
        self.sinks = sinks
        self.bus = bus
        machine = ExecutorMachine(leases: bus == nil)
        contact = CoordinatorContact(url: controlURL, silenceMax: configuration.coordinatorSilence)
        self.metrics = metrics
        self.tracer = tracer
        self.log = log
        control = try ControlClient(
            url: controlURL,
            discovery: configuration.discovery,
            timeout: configuration.worker.commitTimeout,
            security: security,
            as: .executor,
            log: log
        )
    }

    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.work() }
            if let bus { group.addTask { await bus.run { await self.carryOut($0) } } }
            group.addTask { await self.keepTime() }
            group.addTask {
                await stopIsAskedFor()
                await self.bus?.stop()
                await self.stop()
            }
            await group.waitForAll()
        }
        control.close()
        for sink in sinks { await sink.close() }
    }

    /// Whether the coordinator has answered.
    public var isReady: Bool { hasAnswer }

    /// Why it carries nothing out now; nil when it does.
    var unreadiness: String? { isStopped ? "the executor is stopping" : contact.trouble(at: .now) }

    private func keepTime() async {
        await everyTick(of: executor) { tick() }
    }

    private func tick() -> TickOutcome {
        receive(.tick)
        return isStopped ? .done : .goOn
    }

    private func stop() async {
        receive(.leave)
        if await !isMet(within: Self.leaveTimeout, { await self.machine.hasLeft }) {
            log.warning("results were not taken by the coordinator; what they are of will be carried out again")
        }
        isStopped = true
        jobs.finish()
    }

    private func receive(_ input: ExecutorInput) {
        for effect in machine.receive(input, at: .now) {
            switch effect {
            case .lease(let max): jobs.add(.request(.lease(executor: name, incarnation, max: max)))
            case .report(let results): jobs.add(.request(.report(executor: name, results: results)))
            case .execute(let intent): jobs.add(.execute(intent))
            case .leave: jobs.add(.request(.leave(name, incarnation)))
            }
        }
    }

    private nonisolated func work() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs.jobs {
                group.addTask {
                    switch job {
                    case .request(let request): await self.ask(request)
                    case .execute(let intent): await self.receive(.executed(await self.carryOut(intent)))
                    }
                }
            }
        }
    }

    private nonisolated func ask(_ request: ControlRequest) async {
        do throws(ControlFailure) {
            let reply = try await control.send(request)
            await note(reply)
            switch reply {
            case .leased(let intents): await receive(.leased(intents))
            case .acknowledged: await receive(.acknowledged)
            default: await receive(.unanswered)
            }
        } catch {
            log.unanswered(error, await contact.trouble(at: .now), notices)
            await receive(.unanswered)
        }
    }

    private func note(_ reply: ControlReply) {
        hasAnswer = true
        if let reason = reply.refusal {
            contact.noteRefusal(reason)
            log.refused(reason, notices)
        } else {
            contact.noteAnswer(at: .now)
        }
    }

    private nonisolated func carryOut(_ intent: LeasedIntent) async -> IntentResult {
        let clock = ContinuousClock()
        let began = clock.now
        let beganAt = WallTime.now
        var done: [(name: String, endedAt: WallTime)] = []
        var problem: String?
        for sink in sinks {
            defer { if tracer != nil { done.append((sink.name, .now)) } }
            do {
                try await sink.carryOut(intent)
            } catch {
                problem = "\(sink.name): \(error)"
                metrics.add(.sinkFailures, [sink.name])
                log.warning(
                    "an intent was not carried out",
                    metadata: [
                        "intent_id": "\(intent.id)", "correlation_id": "\(intent.correlationID)",
                        "attempt": "\(intent.attempt)", "error": "\(error)",
                    ]
                )
                break
            }
        }
        metrics.add(.intentAttempts, [name.text, problem == nil ? "success" : "failure"])
        metrics.observe(.intentSeconds, [name.text], clock.now - began)
        tracer?.published(
            intent,
            by: name,
            EventTracer.Attempt(beganAt: beganAt, endedAt: .now, sinks: done, failure: problem)
        )
        return IntentResult(
            intentID: intent.id,
            correlationID: intent.correlationID,
            executedAt: .now,
            success: problem == nil,
            errorMessage: problem,
            executionDuration: clock.now - began
        )
    }
}
