import Logging
import NNG
import ServiceLifecycle
import WeirCluster
import WeirCore
import WeirWire

/// The shell of a ``WorkerMachine``: its data socket, its line to the coordinator, its clock. The machine runs on a thread of its own.
public actor WorkerNode: Service {
    private let executor: ThreadExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var machine: WorkerMachine
    private let server: ReplySocket
    private let control: ControlClient
    private let log: Logger
    private let notices = NoticeLimiter()
    private var lastRequest: UInt64 = 0
    private var answers: [RequestID: DeliveryReply] = [:]
    private let outbox: AsyncStream<ControlRequest>
    private let outboxInput: AsyncStream<ControlRequest>.Continuation

    /// - Parameter dataURL: where ingests reach it.
    public init(
        name: NodeName,
        incarnation: Incarnation,
        dataURL: String,
        controlURL: String,
        configuration: NodeConfiguration,
        contract: Contract,
        log: Logger
    ) throws(NNGError) {
        executor = ThreadExecutor(name: name.text)
        var limits = NNGLimits()
        limits.messageBytesMax = max(64 << 20, 4 * configuration.ingest.requestBytesMax)
        server = try ReplySocket(limits: limits)
        let bound = try server.listen(dataURL)
        control = try ControlClient(url: controlURL, timeout: configuration.worker.commitTimeout)
        machine = WorkerMachine(
            name: name,
            incarnation: incarnation,
            dataURL: bound,
            contract: contract,
            limits: WorkerLimits(configuration.worker)
        )
        self.log = log
        (outbox, outboxInput) = AsyncStream.makeStream()
    }

    public func run() async {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.server.serve { await self.deliver($0) } }
                group.addTask { await self.talk() }
                group.addTask { await everyTick { await self.receive(.tick) } }
                await group.waitForAll()
            }
        } onGracefulShutdown: {
            self.server.close()
            self.outboxInput.finish()
        }
        control.close()
    }

    private nonisolated func deliver(_ bytes: [UInt8]) async -> [UInt8] {
        do {
            let delivery = try Delivery(decoding: bytes)
            return await take(delivery).encoded
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
        for effect in machine.receive(input, at: .now) {
            switch effect {
            case .answer(let id, let reply): answers[id] = reply
            case .join(let presence): outboxInput.yield(.joinWorker(presence))
            case .commit(let commit): outboxInput.yield(.commit(commit))
            }
        }
    }

    /// Sends requests to the coordinator, one at a time.
    private nonisolated func talk() async {
        for await request in outbox {
            do throws(ControlFailure) {
                let reply = try await control.send(request)
                if case .refused(let reason) = reply {
                    log.warning("the coordinator refused", metadata: ["reason": "\(reason)"])
                }
                await receive(.reply(reply))
            } catch {
                log.unanswered(error, notices)
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
