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

    private let name: NodeName
    private var machine = ExecutorMachine()
    private let control: ControlClient
    private let sinks: [any IntentSink]
    private let log: Logger
    private let notices = NoticeLimiter()
    private let jobs: AsyncStream<Job>
    private let jobsInput: AsyncStream<Job>.Continuation

    public init(
        name: NodeName,
        controlURL: String,
        sinks: [any IntentSink],
        configuration: NodeConfiguration,
        log: Logger
    ) throws(NNGError) {
        self.name = name
        self.sinks = sinks
        self.log = log
        control = try ControlClient(url: controlURL, timeout: configuration.worker.commitTimeout)
        (jobs, jobsInput) = AsyncStream.makeStream()
    }

    public func run() async {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.work() }
                group.addTask { await everyTick { await self.receive(.tick) } }
                await group.waitForAll()
            }
        } onGracefulShutdown: {
            self.jobsInput.finish()
        }
        control.close()
        for sink in sinks { await sink.close() }
    }

    private func receive(_ input: ExecutorInput) {
        for effect in machine.receive(input, at: .now) {
            switch effect {
            case .lease(let max): jobsInput.yield(.request(.lease(executor: name, max: max)))
            case .report(let results): jobsInput.yield(.request(.report(executor: name, results: results)))
            case .execute(let intent): jobsInput.yield(.execute(intent))
            }
        }
    }

    private nonisolated func work() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs {
                group.addTask {
                    switch job {
                    case .request(let request): await self.ask(request)
                    case .execute(let intent): await self.execute(intent)
                    }
                }
            }
        }
    }

    private nonisolated func ask(_ request: ControlRequest) async {
        do throws(ControlFailure) {
            switch try await control.send(request) {
            case .leased(let intents): await receive(.leased(intents))
            case .acknowledged: await receive(.acknowledged)
            default: await receive(.unanswered)
            }
        } catch {
            log.unanswered(error, notices)
            await receive(.unanswered)
        }
    }

    private nonisolated func execute(_ intent: LeasedIntent) async {
        let clock = ContinuousClock()
        let began = clock.now
        var problem: String?
        for sink in sinks {
            do {
                try await sink.carryOut(intent)
            } catch {
                problem = "\(sink.name): \(error)"
                log.warning(
                    "an intent was not carried out",
                    metadata: ["intent_id": "\(intent.id)", "attempt": "\(intent.attempt)", "error": "\(error)"]
                )
                break
            }
        }
        await receive(
            .executed(
                IntentResult(
                    intentID: intent.id,
                    correlationID: intent.correlationID,
                    executedAt: .now,
                    success: problem == nil,
                    errorMessage: problem,
                    executionDuration: clock.now - began
                )
            )
        )
    }
}
