import Logging
import NNG
import ServiceLifecycle
import WeirCluster
import WeirConnectors
import WeirCore
import WeirStorage
import WeirWire

/// The shell of a ``CoordinatorMachine``: its control socket, its store, its clock. Machine and store run on a thread of their own.
///
/// Requests that come while the store writes are taken together afterwards, and share one transaction. Where several coordinators share a
/// store it leads, and has a machine, as long as ``LeadershipNode`` says so.
public actor CoordinatorNode: Service {
    private let executor = ThreadExecutor(name: "coordinator")
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Nil while it is a standby, or takes up what is stored.
    private var machine: CoordinatorMachine?
    /// The machine before, until there is a new one.
    private var earlier: CoordinatorMachine?
    private var standing: CoordinatorStanding
    private var inbox: [CoordinatorInput] = []
    private var requests: [RequestID: CheckedContinuation<ControlReply, Never>] = [:]
    private var lastRequest: UInt64 = 0
    private var hasFailed = false
    /// The last failure of the store, until a transaction is stored again.
    private var storeFailure: String?
    private var isStopping = false
    private var connections = NodeConnections()
    private let limits: CoordinatorLimits
    private let makeMachine: @Sendable (StoreSnapshot) -> CoordinatorMachine

    private nonisolated let store: SQLStore
    /// Nil where there is no other coordinator.
    private nonisolated let leadership: LeadershipNode?
    private nonisolated let answers: StoreAnswersPool
    private nonisolated let server: WatchedServer
    private nonisolated let lineGuard: LineGuard
    private nonisolated let audit: AuditLog?
    private nonisolated let log: Logger
    private nonisolated let metrics: NodeMetrics
    private nonisolated let epoch: CurrentEpoch
    /// Nil when tracing is off.
    private nonisolated let tracer: EventTracer?
    private nonisolated let contract: Contract
    private nonisolated let notices = NoticeLimiter()
    private nonisolated let disconnects: AsyncStream<ConnectionID>
    private nonisolated let disconnect: AsyncStream<ConnectionID>.Continuation
    private nonisolated let signals: AsyncStream<Void>
    private nonisolated let signal: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - urls: where it listens: for other processes, and for roles in this one.
    ///   - expectedWorkers: how many start with it in its process; nil when workers have processes of their own.
    init(
        urls: [String],
        expectedWorkers: Int?,
        store: SQLStore,
        leadership: LeadershipNode?,
        configuration: NodeConfiguration,
        security: TransportSecurity,
        audit: AuditLog?,
        contract: Contract,
        metrics: NodeMetrics,
        tracer: EventTracer?,
        epoch: CurrentEpoch,
        log: Logger
    ) throws {
        self.store = store
        self.leadership = leadership
        answers = StoreAnswersPool(store)
        self.metrics = metrics
        self.tracer = tracer
        self.epoch = epoch
        self.contract = contract
        self.log = log
        var socketLimits = NNGLimits()
        socketLimits.messageBytesMax = ControlClient.messageBytesMax
        socketLimits.concurrentRequests = 256
        lineGuard = security.lineGuard(.control)
        self.audit = audit
        // What is beyond is missed by its silence.
        (disconnects, disconnect) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(NodeConnections.endedMax))
        let disconnect = disconnect
        server = try WatchedServer(
            security: security,
            limits: socketLimits,
            watchdog: configuration.watchdog,
            log: log,
            disconnected: { disconnect.yield($0) }
        )
        let clock = ContinuousClock()
        let began = clock.now
        let coordinatorLimits = CoordinatorLimits(configuration.coordinator)
        self.limits = coordinatorLimits
        let shards = configuration.shards
        makeMachine = { snapshot in
            CoordinatorMachine(
                contract: contract,
                limits: coordinatorLimits,
                shards: shards,
                expectedWorkers: expectedWorkers,
                snapshot: snapshot,
                at: .now,
                stopwatch: { clock.now - began }
            )
        }
        if leadership == nil {
            standing = .leading(nil)
            machine = makeMachine(try store.snapshot())
        } else {
            standing = .standby(leader: nil)
        }
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        for url in urls { try server.listen(url) }
    }

    /// Listens on a further URL. Returns the one that was bound.
    public nonisolated func listen(_ url: String) throws(NNGError) -> String { try server.listen(url) }

    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.server.serve(byConnection: { await self.open($0, $1) }) }
            group.addTask { for await connection in self.disconnects { await self.note(ended: connection) } }
            group.addTask { for await _ in self.signals { await self.takeInbox() } }
            group.addTask { await self.keepTime() }
            if let leadership {
                group.addTask { await leadership.run() }
                group.addTask { for await order in leadership.orders { await self.follow(order) } }
            }
            group.addTask {
                await stopIsAskedFor()
                await self.leadership?.resign()
                await self.stop()
            }
            await group.waitForAll()
        }
    }

    private func keepTime() async {
        await everyTick(of: executor) { tick() }
    }

    private func tick() -> TickOutcome {
        guard !isStopping else { return .done }
        // The tick last: what nodes said while the step before took its time is heard before they are missed.
        take(inbox + [.tick])
        return .goOn
    }

    private func stop() {
        server.close()
        signal.finish()
        disconnect.finish()
        isStopping = true
        for continuation in requests.values {
            continuation.resume(returning: .refused("the coordinator is stopping; ask again when it is back"))
        }
        requests = [:]
    }

    /// Whether the cluster has a placement and takes events.
    public var isReady: Bool { machine?.isReady ?? false }

    /// Why the cluster takes no events now, or closes no windows; nil when it does.
    var unreadiness: String? {
        if isStopping { return "the coordinator is stopping" }
        if let storeFailure { return "the store can't be written: \(storeFailure)" }
        guard let machine else { return standing.unreadiness }
        if machine.isReady { return nil }
        return machine.hasWorkers
            ? "the cluster is placing its shards; this takes coordinator.settle_delay_ms and no more"
            : "no worker has joined; start one with weir worker"
    }

    /// How the cluster is now, with the newest window of each type.
    public nonisolated func samples() async -> [MetricSample] {
        var samples = await ownSamples
        guard await leads else { return samples }
        do throws(StoreFailure) {
            for (type, record) in try await answers.next.newestRecords() {
                samples += WindowSamples.samples(record, type: type)
            }
        } catch {
            if notices.admits("samples") { log.error("the store can't be read", metadata: ["error": "\(error)"]) }
        }
        return samples
    }

    private func problemSamples(_ machine: CoordinatorMachine) -> [MetricSample] {
        let now = Dictionary(grouping: machine.problems(at: .now), by: \.kind)
        return ClusterProblem.Kind.allCases.map {
            MetricSample(.clusterProblems, [$0.rawValue, $0.severity.rawValue], now[$0]?.count ?? 0)
        }
    }

    private var ownSamples: [MetricSample] {
        let samples = standing.samples + [MetricSample(.coordinatorInbox, [], inbox.count)]
        guard let machine else { return samples }
        return machine.figures.samples(at: .now) + problemSamples(machine) + samples
    }

    private var leads: Bool { standing.refusal == nil }

    /// Whether it leads, for `/ready`; nil where there is no other coordinator.
    var standingSummary: CoordinatorStanding? { leadership == nil ? nil : standing }

    // MARK: - Requests

    private nonisolated func open(_ bytes: [UInt8], _ connection: ConnectionID) async -> [UInt8] {
        await lineGuard.answer(bytes) { reason in
            if notices.admits(reason) {
                log.error("refused a request", metadata: ["peer": "\(connection.peer)", "error": "\(reason)"])
            }
            await action("unknown", of: "", by: "nobody", connection)?.refuse(reason)
        } _: {
            await answer($0, connection, $1)
        }
    }

    private nonisolated func answer(
        _ bytes: [UInt8],
        _ connection: ConnectionID,
        _ speaker: Speaker
    ) async -> [UInt8] {
        let request: ControlRequest
        do throws(DecodingFailure) {
            request = try ControlRequest(decoding: bytes)
        } catch .version(let found, let supported) {
            let failure = DecodingFailure.version(found: found, supported: supported)
            if notices.admits(failure.description) {
                log.error("refused a request", metadata: ["error": "\(failure)"])
            }
            return WireRefusal(failure).encoded
        } catch {
            if notices.admits("unreadable") { log.warning("refused a request", metadata: ["error": "\(error)"]) }
            return ControlReply.refused("the request can't be read: \(error)").encoded
        }
        if let refusal = await refusal(of: request, from: speaker) {
            if notices.admits("\(speaker) \(refusal)") {
                log.error("refused a request", metadata: ["peer": "\(connection.peer)", "error": "\(refusal)"])
            }
            if case .admin(let admin) = request { await action(admin, by: speaker, connection)?.refuse(refusal) }
            return ControlReply.forbidden(refusal).encoded
        }
        // Also while the store fails, which the status then says.
        if case .admin(let admin) = request, let reply = await look(admin) { return reply.encoded }
        if let refusal = await standingRefusal { return refusal.encoded }
        if case .admin(let admin) = request, let reply = await read(admin) { return reply.encoded }
        if case .admin(let admin) = request, let action = action(admin, by: speaker, connection) {
            return await submit(request, connection, told: action).encoded
        }
        return await submit(request, connection).encoded
    }

    /// An action for the audit log; nil for what is not told there. What came through HTTP of this process is told by that.
    private nonisolated func action(
        _ request: AdminRequest,
        by speaker: Speaker,
        _ connection: ConnectionID
    ) -> AuditedAction? {
        guard request.isAudited else { return nil }
        return action(request.verb, of: request.auditSubject, by: speaker.description, connection)
    }

    private nonisolated func action(
        _ verb: String,
        of subject: String,
        by who: String,
        _ connection: ConnectionID
    ) -> AuditedAction? {
        guard let audit else { return nil }
        let peer = connection.peer
        guard peer != ConnectionID.inside else { return nil }
        return AuditedAction(audit, via: "nng", who: who, peer: peer, action: verb, subject: subject)
    }

    private nonisolated func submit(
        _ request: ControlRequest,
        _ connection: ConnectionID,
        told action: AuditedAction
    ) async -> ControlReply {
        do throws(AuditFailure) {
            try await action.begin()
        } catch {
            if notices.admits("audit") { log.error("refused a request", metadata: ["error": "\(error)"]) }
            return .refused("\(error); nothing was done")
        }
        let reply = await submit(request, connection)
        await action.end(reply.failure)
        return reply
    }

    /// Why someone may not make a request; nil when they may.
    private func refusal(of request: ControlRequest, from speaker: Speaker) -> String? {
        guard speaker.may(request) else { return Authorization.refusal(of: request, from: speaker) }
        if case .leave(let node, _) = request, let known = machine?.role(of: node), !speaker.isAmong([known]) {
            return
                "\(node) is known as the \(known) of that name, and \(speaker) was proven; only a node itself says that it leaves"
        }
        return nil
    }

    /// What the machine tells as it stands; nil for what it must take a step for.
    private func look(_ request: AdminRequest) -> ControlReply? {
        switch request {
        case .status, .nodes, .shards: if hasFailed { restart() }
        default: return nil
        }
        guard let machine = machine ?? earlier else { return standing.refusal }
        switch request {
        case .nodes: return .json(machine.nodeList(at: .now))
        case .shards: return .json(machine.shardList)
        default: return .json(machine.status(at: .now, term: standing.term))
        }
    }

    /// What a standby answers to everything; nil while it leads.
    private var standingRefusal: ControlReply? { standing.refusal }

    private func submit(_ request: ControlRequest, _ connection: ConnectionID) async -> ControlReply {
        await withCheckedContinuation { continuation in
            guard !isStopping else {
                continuation.resume(returning: .refused("the coordinator is stopping; ask again when it is back"))
                return
            }
            lastRequest += 1
            let id = RequestID(lastRequest)
            requests[id] = continuation
            enqueue(.request(id, request))
            if let node = request.workerIdentity, !connections.speaks(node, over: connection) {
                enqueue(.disconnected(node.name, node.incarnation))
            }
        }
    }

    private func note(ended connection: ConnectionID) {
        guard let node = connections.end(connection) else { return }
        log.debug("the connection of a worker ended", metadata: ["worker": "\(node.name)"])
        enqueue(.disconnected(node.name, node.incarnation))
    }

    private func enqueue(_ input: CoordinatorInput) {
        inbox.append(input)
        signal.yield()
    }

    /// What the store answers without the machine, beside its writer.
    private nonisolated func read(_ request: AdminRequest) async -> ControlReply? {
        do throws(StoreFailure) {
            if case .windows(let query) = request, query.selectsOpen {
                return StoreAnswers.page(await openRecords(query))
            }
            return try await answers.next.answer(request)
        } catch {
            log.error("the store can't be read", metadata: ["error": "\(error)"])
            return .refused(error.description)
        }
    }

    private func openRecords(_ query: WindowQuery) -> Page<WindowPosition> {
        machine?.openRecords(query) ?? Page(limit: query.limit)
    }

    // MARK: - Machine

    private func takeInbox() {
        guard !inbox.isEmpty else { return }
        take(inbox)
    }

    private func take(_ inputs: [CoordinatorInput]) {
        inbox = []
        if hasFailed { restart() }
        guard !hasFailed, machine != nil else {
            let refusal = standing.refusal ?? .refused("the store can't be written; see the log")
            for case .request(let id, _) in inputs { reply(id, refusal) }
            return
        }
        var step = Step()
        do throws(StoreFailure) {
            for input in inputs { try receive(input, &step) }
            try finish(&step)
        } catch {
            fail(error)
        }
    }

    /// What several inputs have in common: one transaction, and what may follow once it is durable.
    private struct Step {
        var transaction = StoreTransaction()
        var effects: [CoordinatorEffect] = []
    }

    private func receive(_ input: CoordinatorInput, _ step: inout Step) throws(StoreFailure) {
        var loads: [Window]?
        var deadLetters: (RequestID, [UUID128])?
        var closed: (RequestID, WindowQuery)?
        for effect in machine?.receive(input, at: .now) ?? [] {
            switch effect {
            case .store(let transaction): step.transaction.append(transaction)
            case .load(let windows): loads = windows
            case .loadDeadLetters(let id, let ids): deadLetters = (id, ids)
            case .loadClosed(let id, let query): closed = (id, query)
            case .reply, .replyLease, .note: step.effects.append(effect)
            }
        }
        if let loads {
            try finish(&step)
            try receive(.loaded(try store.load(loads)), &step)
        }
        if let (id, query) = closed {
            try finish(&step)
            try receive(.deadLetters(id, try store.closedIntents(query, limit: limits.retriedMax)), &step)
        }
        if let (id, ids) = deadLetters {
            try finish(&step)
            try receive(.deadLetters(id, try store.deadLetters(ids, limit: limits.retriedMax)), &step)
        }
    }

    private func finish(_ step: inout Step) throws(StoreFailure) {
        let beganAt = tracer == nil ? WallTime(microseconds: 0) : .now
        if !step.transaction.isEmpty {
            let clock = ContinuousClock()
            let began = clock.now
            try store.apply(step.transaction)
            if storeFailure != nil { machine?.noteStoreFailure(nil, at: .now) }
            storeFailure = nil
            metrics.add(.transactions)
            metrics.observe(.transactionSeconds, [], clock.now - began)
        }
        let current = machine?.currentEpoch ?? Epoch.none
        epoch.set(current)
        for effect in step.effects {
            switch effect {
            case .reply(let id, let answer):
                reply(id, answer)
            case .replyLease(let id, let leased):
                let intents = leased.isEmpty ? [:] : try store.intents(leased.map(\.id))
                reply(id, .leased(leased.compactMap { intents[$0.id] }))
            case .note(let note):
                log.note(note, contract)
                metrics.count(note, layout: contract.windows.layout)
                if let tracer, case .windowClosed(let window, let revision, let events) = note {
                    tracer.closed(
                        window,
                        revision: revision,
                        events: events,
                        current,
                        from: beganAt,
                        to: .now
                    )
                }
            case .store, .load, .loadDeadLetters, .loadClosed:
                break
            }
        }
        step = Step()
    }

    private func reply(_ id: RequestID, _ reply: ControlReply) {
        requests.removeValue(forKey: id)?.resume(returning: reply)
    }

    // MARK: - Failure

    /// The machine has gone on from a transaction that is not stored: it is of no more use. Those who wait ask again.
    private func fail(_ failure: StoreFailure) {
        hasFailed = true
        if case .deposed = failure {
            log.warning("a transaction was refused", metadata: ["error": "\(failure)"])
        } else {
            storeFailure = failure.description
            machine?.noteStoreFailure(failure.description, at: .now)
            metrics.add(.storeFailures)
            log.critical("the store failed; starting over from it", metadata: ["error": "\(failure)"])
        }
        for id in Array(requests.keys) { reply(id, .refused(failure.description)) }
        guard let leadership, case .leading(.some(let term)) = standing else { return }
        if case .deposed = failure {
            leadership.tell(.deposed(term))
        } else {
            leadership.tell(.storeFailed(term))
        }
    }

    /// Takes up what is stored. Where others may write as well, that takes a new term, which ``LeadershipNode`` sees to.
    private func restart() {
        if leadership == nil { takeUp() }
    }

    private func takeUp() {
        do throws(StoreFailure) {
            earlier = machine ?? earlier
            var machine = makeMachine(try store.snapshot())
            if let earlier { machine.remember(earlier) }
            (self.machine, earlier) = (machine, nil)
            hasFailed = false
        } catch {
            log.error("the store can't be read", metadata: ["error": "\(error)"])
            guard let leadership, case .leading(.some(let term)) = standing else { return }
            leadership.tell(.storeFailed(term))
        }
    }

    // MARK: - Leadership

    private func follow(_ order: LeadershipOrder) {
        switch order {
        case .lead(let term):
            standing = .leading(term)
            store.lead(term)
            takeUp()
            if machine != nil { log.notice("leads", metadata: ["term": "\(term.value)"]) }
        case .stepDown(let end):
            log.warning("leads no longer", metadata: ["reason": "\(end)"])
            if end == .storeFailed {
                earlier = machine ?? earlier
            } else {
                (earlier, storeFailure, hasFailed) = (nil, nil, false)
            }
            machine = nil
            standing = .standby(leader: nil)
            for id in Array(requests.keys) { reply(id, .notLeader(leader: nil)) }
        case .follow(let leader):
            (earlier, storeFailure, hasFailed) = (nil, nil, false)
            log.info("is a standby", metadata: ["leader": "\(leader.map { "\($0.name) at \($0.url)" } ?? "none")"])
            standing = .standby(leader: leader)
        case .unreachable(let reason):
            log.error("the lease of the leader can't be asked for", metadata: ["error": "\(reason)"])
            if case .standby = standing { standing = .outside(reason: reason) }
        }
    }
}

extension CoordinatorLimits {
    init(_ configuration: NodeConfiguration.Coordinator) {
        self.init()
        nodeTimeout = configuration.nodeTimeout
        disconnectGrace = configuration.disconnectGrace
        settleDelay = configuration.settleDelay
        leaseDuration = configuration.leaseDuration
        leaseMax = configuration.leaseMax
        queryTimeout = configuration.queryTimeout
        paneRetention = configuration.paneRetention
        hourRetention = configuration.hourRetention
    }
}

extension Logger {
    fileprivate func note(_ note: CoordinatorNote, _ contract: Contract) {
        switch note {
        case .epochBegan(let epoch, let workers):
            info(
                "an epoch began",
                metadata: ["epoch": "\(epoch.value)", "workers": "\(workers.map(\.text).joined(separator: ","))"]
            )
        case .workerJoined(let name): info("a worker joined", metadata: ["worker": "\(name)"])
        case .workerLeft(let name): info("a worker left", metadata: ["worker": "\(name)"])
        case .ingestLeft(let name): info("an ingest left", metadata: ["ingest": "\(name)"])
        case .ingestForgotten(let name, let committed, let last):
            warning(
                "an ingest was forgotten by an operator: what it had acknowledged and not committed is given up",
                metadata: [
                    "ingest": "\(name)", "committed_frame": "\(committed.value)",
                    "last_frame": "\(last.map { String($0.value) } ?? "unknown")",
                ]
            )
        case .nodeDrained(let name): info("a node was drained", metadata: ["drained": "\(name)"])
        case .nodeUndrained(let name): info("a node is in service again", metadata: ["drained": "\(name)"])
        case .intentsPendingAgain(let count): info("dead letters are pending again", metadata: ["intents": "\(count)"])
        case .workerLost(let name): warning("a worker was lost", metadata: ["worker": "\(name)"])
        case .ingestJoined(let name): info("an ingest joined", metadata: ["ingest": "\(name)"])
        case .ingestLost(let name): warning("an ingest was lost", metadata: ["ingest": "\(name)"])
        case .windowClosed(let window, let revision, let events):
            debug(
                "a window closed",
                metadata: [
                    "type": "\(window.type.name)", "start": "\(window.start)", "revision": "\(revision)",
                    "events": "\(events)",
                ].merging(Self.ids(contract, window, revision)) { $1 }
            )
        case .intentRetried(let id, let correlation, let attempts, let reason):
            warning(
                "an intent will be tried again",
                metadata: [
                    "intent_id": "\(id)", "correlation_id": "\(correlation)", "attempts": "\(attempts)",
                    "error": "\(reason)",
                ]
            )
        case .intentDeadLettered(let id, let correlation, let reason):
            error(
                "an intent was given up; when its sink is well again: weirctl intents retry",
                metadata: ["intent_id": "\(id)", "correlation_id": "\(correlation)", "error": "\(reason)"]
            )
        case .alert(let isFiring, let severity, let summary):
            let level: Logger.Level = isFiring ? (severity == .critical ? .error : .warning) : .notice
            log(
                level: level,
                isFiring ? "an alert fires" : "an alert is over",
                metadata: ["severity": "\(severity?.rawValue ?? "none")", "summary": "\(summary)"]
            )
        case .flushed(let windows): info("flushed", metadata: ["windows": "\(windows)"])
        case .commitRejected(let worker, let reason):
            error(
                "a commit can't be read; its worker is put out",
                metadata: ["worker": "\(worker)", "error": "\(reason)"]
            )
        case .storeLacksCommit(let worker, let has, let acknowledged):
            warning(
                "the store lacks a commit that it had acknowledged; what is missing is counted again from journals",
                metadata: [
                    "worker": "\(worker)", "commit_stored": "\(has.value)",
                    "commit_acknowledged": "\(acknowledged.value)",
                ]
            )
        case .storeWentBack(let worker, let epoch, let acknowledged):
            warning(
                "the store is of an epoch before the cluster's; what is missing is counted again from journals",
                metadata: [
                    "worker": "\(worker)", "epoch_stored": "\(epoch.value)",
                    "epoch_acknowledged": "\(acknowledged.value)",
                ]
            )
        }
    }

    private static func ids(_ contract: Contract, _ window: Window, _ revision: Int) -> Metadata {
        let ids = IntentIDs(contract: contract, window: window, revision: revision)
        return ["intent_id": "\(ids.intent)", "correlation_id": "\(ids.correlation)"]
    }
}
