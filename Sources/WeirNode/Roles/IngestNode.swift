import Logging
import NNG
import ServiceLifecycle
import Synchronization
import WeirCluster
import WeirConnectors
import WeirCore
import WeirParser
import WeirStorage
import WeirWire

/// The shell of an ``IngestMachine``: producers' requests, the journal, the lines to workers and coordinator.
///
/// Requests are parsed on the shared pool, several at a time; the machine runs on a thread of its own, and so does the journal.
public actor IngestNode: Service {
    private enum Job: Sendable {
        case deliver(worker: NodeName, url: String, Delivery)
        case readJournal(worker: NodeName, Epoch, from: FrameSequence)
        case report(IngestReport)
        case trim(through: FrameSequence, olderThan: EventTime)
    }

    private let executor: ThreadExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The URL that producers use.
    public nonisolated let url: String
    private var machine: IngestMachine
    private var isStopping = false
    private var isLeaving = false
    private nonisolated let reportsUnderWay = Mutex(0)
    private var requests: [RequestID: CheckedContinuation<IngestReply, Never>] = [:]
    private var lastRequest: UInt64 = 0
    private var lines: [String: SealedLine] = [:]

    private nonisolated let server: WatchedServer
    private nonisolated let security: TransportSecurity
    private nonisolated let control: ControlClient
    private nonisolated let writer: JournalWriter
    private nonisolated let parsers: ParserPool
    private nonisolated let requestBytesMax: Int
    private nonisolated let log: Logger
    private nonisolated let metrics: NodeMetrics
    private var contact: CoordinatorContact
    /// The last failure of the journal, until it is written again.
    private var journalFailure: String?
    private var probedAt: ContinuousClock.Instant?
    private nonisolated let epoch: CurrentEpoch
    /// Nil when tracing is off.
    private nonisolated let tracer: EventTracer?
    private nonisolated let name: NodeName
    /// When frames were handed to the disk and synced; kept only while traced.
    private var frameMoments: [FrameSequence: FrameMoments] = [:]
    private nonisolated let notices = NoticeLimiter()
    /// A delivery or a read a worker, of whom there are at most 1,024; a report, and others that had no answer; trims.
    private nonisolated let jobs = JobQueue<Job>(limit: 8192)
    private nonisolated let departure: Departure
    private nonisolated let incarnation: Incarnation
    /// Nil when it reads no Kafka.
    private nonisolated let kafka: KafkaSource?
    private var isStopped = false

    /// Wall clock: a delivery without a reply is made again after that.
    private static let deliveryTimeout = Duration.seconds(5)
    /// Wall clock: how long requests that are under way may take when the node stops.
    private static let stopGrace = Duration.seconds(1)
    /// Wall clock: how long workers may take to commit what is in the journal when the node stops. The rest waits for its return.
    private static let commitGrace = Duration.seconds(3)

    private struct FrameMoments {
        var appendedAt: WallTime
        var syncedAt: WallTime
    }

    init(
        name: NodeName,
        incarnation: Incarnation,
        url: String,
        controlURL: String,
        departure: Departure,
        journal: Journal,
        configuration: NodeConfiguration,
        security: TransportSecurity,
        contract: Contract,
        metrics: NodeMetrics,
        tracer: EventTracer?,
        epoch: CurrentEpoch,
        log: Logger
    ) throws {
        executor = ThreadExecutor(name: name.text)
        requestBytesMax = configuration.ingest.requestBytesMax
        var limits = NNGLimits()
        // A longer request is answered with a reason; one that is very much longer costs its sender the connection.
        limits.messageBytesMax = 4 * requestBytesMax
        self.security = security
        server = try WatchedServer(security: security, limits: limits, watchdog: configuration.watchdog, log: log)
        self.url = try server.listen(url)
        control = try ControlClient(
            url: controlURL,
            discovery: configuration.discovery,
            timeout: configuration.worker.commitTimeout,
            security: security,
            as: .ingest,
            log: log
        )
        writer = JournalWriter(journal, metrics: metrics)
        parsers = ParserPool(limits: ParserLimits(lineBytesMax: contract.events.lineBytesMax))
        self.metrics = metrics
        self.tracer = tracer
        contact = CoordinatorContact(url: controlURL, silenceMax: configuration.coordinatorSilence)
        self.epoch = epoch
        self.name = name
        self.log = log
        machine = IngestMachine(
            name: name,
            incarnation: incarnation,
            contract: contract,
            limits: IngestLimits(configuration),
            journal: (journal.last, journal.newest),
            positions: journal.recovery.positions,
            at: .now
        )
        kafka = try configuration.ingest.kafkaGroup.map {
            try KafkaSource(
                configuration.kafka,
                node: name.text,
                KafkaConsumer.Membership(group: $0, configuration, contract),
                limits: KafkaSourceMachine.Limits(configuration),
                journal: journal.recovery.positions,
                metrics: metrics,
                log: log
            )
        }
        self.departure = departure
        self.incarnation = incarnation
    }

    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.server.serve { await self.take($0, source: "nng").json } }
            group.addTask { await self.writer.run { await self.journalled($0) } }
            group.addTask { await self.work() }
            if let kafka { group.addTask { await kafka.run { await self.take($0) } } }
            group.addTask { await self.keepTime() }
            group.addTask {
                await stopIsAskedFor()
                await self.kafka?.stop()
                await self.stop()
            }
            await group.waitForAll()
        }
        control.close()
        for line in lines.values { line.close() }
    }

    // MARK: - Requests

    /// Takes NDJSON, or a JSON array of events, and returns when it is on disk or refused.
    public nonisolated func take(_ body: [UInt8], source: String, isArray: Bool = false) async -> IngestReply {
        guard body.count <= requestBytesMax else {
            metrics.add(.ingestRequests, [source, "rejected"])
            return .rejected(
                reason: "the request has \(body.count) bytes, and \(requestBytesMax) is the limit; send smaller batches"
            )
        }
        return await take(body, source: source) { parser, bytes, parsed in
            if isArray { parser.parseArray(bytes, into: &parsed) } else { parser.parse(bytes, into: &parsed) }
        }
    }

    /// Takes messages of Kafka, and returns when they are on disk with the positions after them, or refused.
    nonisolated func take(_ batch: KafkaBatch) async -> IngestReply {
        await take(batch.body, source: "kafka", positions: batch.positions) { parser, bytes, parsed in
            parser.parse(bytes, into: &parsed)
            for index in parsed.quarantined.indices { parsed.quarantined[index].locate(in: batch) }
        }
    }

    private nonisolated func take(
        _ body: [UInt8],
        source: String,
        positions: LogPositions? = nil,
        _ parse: (inout EventParser, UnsafeRawBufferPointer, inout ParsedBatch) -> Void
    ) async -> IngestReply {
        let clock = ContinuousClock()
        let began = clock.now
        let reply = await answer(body, source, positions, parse)
        metrics.observe(.ingestRequestSeconds, [source], clock.now - began)
        switch reply {
        case .accepted(let lines, let quarantined, _):
            metrics.add(.ingestRequests, [source, "accepted"])
            metrics.add(.ingestEvents, [source], lines)
            metrics.add(.ingestQuarantined, [source], quarantined)
            metrics.add(.ingestBytes, [source], body.count)
        case .retry: metrics.add(.ingestRequests, [source, "retry"])
        case .rejected: metrics.add(.ingestRequests, [source, "rejected"])
        }
        return reply
    }

    private nonisolated func answer(
        _ body: [UInt8],
        _ source: String,
        _ positions: LogPositions?,
        _ parse: (inout EventParser, UnsafeRawBufferPointer, inout ParsedBatch) -> Void
    ) async -> IngestReply {
        let beganAt = tracer == nil ? WallTime(microseconds: 0) : .now
        let parsed = parsers.withParser { parser in
            var parsed = ParsedBatch()
            body.withUnsafeBytes { parse(&parser, $0, &parsed) }
            return parsed
        }
        if let first = parsed.quarantined.first, notices.admits("quarantine \(first.reason)") {
            log.warning(
                "lines can't be counted and go to quarantine; see weirctl quarantine (said at most every 30 s a reason)",
                metadata: first.metadata(source: source, count: parsed.quarantined.count)
            )
        }
        guard let tracer else { return await admit(parsed, body, source, positions) }
        return await trace(tracer.sampler.events(in: parsed.columns), from: beganAt) {
            await admit(parsed, body, source, positions)
        }
    }

    /// Admits a batch, and tells of its traced events when it is acknowledged.
    private nonisolated func trace(
        _ events: [TracedEvent],
        from beganAt: WallTime,
        _ admit: () async -> IngestReply
    ) async -> IngestReply {
        let parsedAt = WallTime.now
        let reply = await admit()
        guard !events.isEmpty, case .accepted(_, _, let sequence) = reply else { return reply }
        let frame = FrameSequence(sequence)
        let moments = await frameMoments[frame]
        tracer?.received(
            events,
            by: name,
            as: frame,
            EventTracer.Reception(
                beganAt: beganAt,
                parsedAt: parsedAt,
                appendedAt: moments?.appendedAt ?? parsedAt,
                syncedAt: moments?.syncedAt ?? parsedAt,
                endedAt: .now
            )
        )
        return reply
    }

    private func noteAppended(_ frame: FrameSequence) {
        guard tracer != nil else { return }
        frameMoments[frame] = FrameMoments(appendedAt: .now, syncedAt: .now)
        if frame.value > UInt64(TracingLimits.frames) {
            frameMoments[FrameSequence(frame.value - UInt64(TracingLimits.frames))] = nil
        }
    }

    private func noteSynced(_ frame: FrameSequence) {
        guard tracer != nil else { return }
        // Frames of one sync, from the newest back.
        var sequence = frame
        while let moments = frameMoments[sequence], moments.syncedAt == moments.appendedAt {
            frameMoments[sequence]?.syncedAt = .now
            guard sequence.value > 1 else { return }
            sequence = FrameSequence(sequence.value - 1)
        }
    }

    private func admit(
        _ parsed: ParsedBatch,
        _ body: [UInt8],
        _ source: String,
        _ positions: LogPositions?
    ) async -> IngestReply {
        if isStopping { return Self.stopping }
        return await withCheckedContinuation { continuation in
            lastRequest += 1
            let id = RequestID(lastRequest)
            requests[id] = continuation
            let spans = parsed.spans
            receive(
                .batch(
                    IngestBatch(
                        request: id,
                        source: source,
                        bytes: body.count,
                        columns: parsed.columns,
                        quarantined: parsed.quarantined,
                        positions: positions,
                        line: { row in Array(body[spans[row].offset..<spans[row].offset + spans[row].count]) }
                    )
                )
            )
        }
    }

    private static let stopping = IngestReply.retry(reason: "the node is stopping; send again when it is back")

    /// Refuses what comes, waits for what is under way, tells the coordinator, and lets go.
    private func stop() async {
        isStopping = true
        if await !isMet(within: Self.stopGrace, { await self.requests.isEmpty }) {
            for continuation in requests.values { continuation.resume(returning: Self.stopping) }
            requests = [:]
        }
        if await !isMet(within: Self.commitGrace, { await self.machine.isCommitted }) {
            log.warning("frames in the journal are not committed yet; they wait there for the node's return")
        }
        isLeaving = true
        if departure == .announced {
            // A report that came after the leave would make the coordinator wait for a node that is gone.
            _ = await isMet(within: Self.stopGrace) { self.reportsUnderWay.withLock { $0 == 0 } }
            do throws(ControlFailure) {
                _ = try await control.send(.leave(machine.name, incarnation))
            } catch {
                log.warning("the coordinator was not told that the ingest goes", metadata: ["error": "\(error)"])
            }
        }
        isStopped = true
        server.close()
        writer.finish()
        jobs.finish()
    }

    private func keepTime() async {
        await everyTick(of: executor) { tick() }
    }

    private func tick() -> TickOutcome {
        receive(.tick)
        return isStopped ? .done : .goOn
    }

    /// Whether the coordinator has answered.
    public var isJoined: Bool { machine.hasView }
    /// Whether there are workers to take events to.
    public var isReady: Bool { machine.hasWorkers && !isStopping }

    /// Why it takes no events now; nil when it does. After a write to the journal has failed it is tried anew, so that a node which is asked
    /// for its readiness alone finds out that there is room again.
    var unreadiness: String? {
        get async {
            if isStopping { return "the ingest is stopping" }
            if let trouble = await journalTrouble() { return "\(trouble); producers are asked to retry" }
            if machine.isDrained { return "the ingest is drained; weirctl drain --undo \(name) takes it into service" }
            if let trouble = contact.trouble(at: .now) {
                return isReady ? "\(trouble); events are taken and wait in the journal" : trouble
            }
            return isReady ? nil : "no worker has joined the cluster; start one with weir worker"
        }
    }

    /// Wall clock: pause between two tries whether a journal that failed can be written again.
    private static let probeInterval = Duration.seconds(1)

    /// Why the journal can't be written; nil when it can.
    private func journalTrouble() async -> String? {
        guard let journalFailure else { return nil }
        if let probedAt, ContinuousClock.now - probedAt < Self.probeInterval {
            return "the journal can't be written: \(journalFailure)"
        }
        probedAt = .now
        if let again = await writer.probe() {
            self.journalFailure = again
        } else if self.journalFailure == journalFailure {
            self.journalFailure = nil
        }
        return self.journalFailure.map { "the journal can't be written: \($0)" }
    }

    private struct ReportedTrouble {
        var reason: String?
    }

    /// What a report says of the journal; nil when no more are to be made.
    private func beginReport() async -> ReportedTrouble? {
        guard !isLeaving else { return nil }
        reportsUnderWay.withLock { $0 += 1 }
        return ReportedTrouble(reason: await journalTrouble())
    }

    private func answer(_ id: RequestID, _ reply: IngestReply) {
        requests.removeValue(forKey: id)?.resume(returning: reply)
    }

    /// What it holds now.
    public var samples: [MetricSample] {
        get async {
            let figures = machine.figures
            let own =
                [
                    MetricSample(.ingestWaiting, [], figures.waiting),
                    MetricSample(.ingestWaitingMax, [], figures.limits.waitingMax),
                    MetricSample(.ingestLagMax, [], figures.limits.lagBytesMax),
                    MetricSample(.ingestEpoch, [], Double(figures.epoch.value)),
                    MetricSample(.journalLast, [], Double(figures.synced.value)),
                ] + figures.lagBytes.map { MetricSample(.ingestLag, [$0.key.text], $0.value) }
            guard let kafka else { return own }
            return own + (await kafka.samples)
        }
    }

    // MARK: - Machine

    private func receive(_ input: IngestInput) {
        for effect in machine.receive(input, at: .now) {
            switch effect {
            case .append(let frame):
                noteAppended(frame.sequence)
                writer.append(frame)
            case .acknowledge(let id, let accepted, let quarantined, let sequence):
                answer(id, .accepted(lines: accepted, quarantined: quarantined, sequence: sequence.value))
            case .refuse(let id, let reason):
                answer(id, .retry(reason: reason))
            case .deliver(let worker, let url, let delivery):
                jobs.add(.deliver(worker: worker, url: url, delivery))
            case .readJournal(let worker, let epoch, let from):
                jobs.add(.readJournal(worker: worker, epoch, from: from))
            case .report(let report):
                jobs.add(.report(report))
            case .trim(let through, let moment):
                jobs.add(.trim(through: through, olderThan: moment))
            case .damaged(let sequence, let reason):
                log.error(
                    "a frame of the journal can't be decoded; its events are not counted, and it stays in the journal",
                    metadata: ["frame": "\(sequence.value)", "error": "\(reason)"]
                )
            }
        }
    }

    private func journalled(_ outcome: JournalWriter.Outcome) {
        switch outcome {
        case .synced(let sequence):
            journalFailure = nil
            noteSynced(sequence)
            receive(.synced(sequence))
        case .failed(let from, let reason):
            journalFailure = reason
            log.error("the journal can't be written; producers are asked to retry", metadata: ["error": "\(reason)"])
            // What was queued since follows frames that are not there.
            writer.discardQueued()
            receive(.appendFailed(from: from, reason: "the journal can't be written: \(reason)"))
        }
    }

    // MARK: - Jobs

    private nonisolated func work() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs.jobs { group.addTask { await self.carryOut(job) } }
        }
    }

    private nonisolated func carryOut(_ job: Job) async {
        switch job {
        case .deliver(let worker, let url, let delivery): await deliver(delivery, to: worker, at: url)
        case .readJournal(let worker, let epoch, let from): await read(for: worker, epoch, from: from)
        case .report(let report): await send(report)
        case .trim(let through, let moment):
            do throws(JournalFailure) {
                try await writer.trim(through: through, olderThan: moment)
            } catch {
                log.error("the journal can't be trimmed", metadata: ["error": "\(error)"])
            }
        }
    }

    private nonisolated func deliver(_ delivery: Delivery, to worker: NodeName, at url: String) async {
        do {
            let bytes = try await line(to: url).request(
                delivery.encoded,
                as: [.ingest],
                timeout: Self.deliveryTimeout
            )
            metrics.add(.deliveries, [worker.text, "answered"])
            await receive(.delivered(worker: worker, epoch: delivery.epoch, try DeliveryReply(decoding: bytes)))
        } catch {
            if error is DecodingFailure, notices.admits("\(worker) \(error)") {
                log.error("a worker can't be talked to", metadata: ["worker": "\(worker)", "error": "\(error)"])
            }
            log.debug("a delivery failed", metadata: ["worker": "\(worker)", "error": "\(error)"])
            metrics.add(.deliveries, [worker.text, "failed"])
            await receive(.deliveryFailed(worker: worker, epoch: delivery.epoch))
        }
    }

    private func line(to url: String) throws(NNGError) -> SealedLine {
        if let line = lines[url] { return line }
        let security = security
        let socket = try RequestSocket(url, tls: security.tls, renewed: log.renewal(of: url))
        let line = security.line(socket, .data, to: url)
        lines[url] = line
        return line
    }

    private func noteRefusal(_ reason: String) {
        contact.noteRefusal(reason)
        log.refused(reason, notices)
    }

    private func adopt(_ view: ClusterView) {
        contact.noteAnswer(at: .now)
        receive(.view(view))
        kafka?.setOpen(!view.isDrained)
        epoch.set(view.epoch)
        let current = Set(view.workerURLs)
        for (url, line) in lines where !current.contains(url) {
            line.close()
            lines[url] = nil
        }
    }

    private nonisolated func read(for worker: NodeName, _ epoch: Epoch, from: FrameSequence) async {
        do throws(JournalFailure) {
            let read = try writer.journal.read(from: from)
            for damage in read.damage { log.error("the journal is damaged", metadata: ["what": "\(damage)"]) }
            await receive(.journal(worker: worker, epoch: epoch, read.frames))
        } catch {
            log.error("the journal can't be read", metadata: ["error": "\(error)"])
            await receive(.journalUnreadable(worker: worker, epoch: epoch))
        }
    }

    private nonisolated func send(_ report: IngestReport) async {
        do throws(ControlFailure) {
            guard let trouble = await beginReport() else { return }
            var report = report
            report.trouble = trouble.reason
            defer { reportsUnderWay.withLock { $0 -= 1 } }
            switch try await control.send(.reportIngest(report)) {
            case .view(let view): await adopt(view)
            case .refused(let reason), .forbidden(let reason): await noteRefusal(reason)
            default: break
            }
        } catch {
            log.unanswered(error, await contact.trouble(at: .now), notices)
        }
    }
}

extension IngestLimits {
    init(_ configuration: NodeConfiguration) {
        self.init()
        deliveryBytes = configuration.ingest.deliveryBytes
        recentBytes = configuration.ingest.recentBytes
        lagBytesMax = configuration.ingest.lagBytesMax
        waitingMax = configuration.ingest.waitingMax
        waitingBytesMax = configuration.ingest.waitingBytesMax
        reportInterval = configuration.ingest.reportInterval
        if let retention = configuration.journal.retention { self.retention = retention }
    }
}
