import Foundation
import Logging
import NNG
import ServiceLifecycle
import UnixSignals
import WeirCluster
import WeirConnectors
import WeirCore
import WeirStorage
import WeirWire

/// `weir up`: all roles in one process, with the same messages between them as between processes, over in-process nng.
public struct StandaloneNode: Sendable {
    /// Where the node is to be found, with the ports that were bound.
    public struct Addresses: Sendable, Equatable {
        public var ingest: String
        public var control: String
        public var intents: String
    }

    public let addresses: Addresses
    public let directory: DataDirectory
    public let workers: Int
    private let configuration: Configuration
    private let security: NodeSecurity
    /// Of what concerns all roles.
    public let log: Logger
    private let coordinator: CoordinatorNode
    private let ingest: IngestNode
    private let workerNodes: [WorkerNode]
    private let executor: ExecutorNode
    private let store: SQLStore
    private let tracing: NodeTracing?
    private let metrics = NodeMetrics()
    private static let coordinatorName = NodeName("coordinator")!
    /// What the URLs within this process begin with.
    private let insideURL: String

    /// Opens files and sockets; nothing runs yet.
    public init(_ configuration: Configuration, log: Logger) throws {
        self.configuration = configuration
        let node = configuration.node
        let contract = configuration.contract
        workers = node.workers ?? ProcessInfo.processInfo.activeProcessorCount
        directory = try DataDirectory(node.dataDirectory)
        let epoch = CurrentEpoch()
        let log = log.of(node: directory.nodeID, role: "up", epoch: epoch)
        // One for all roles: those without a secret of their own speak within the process alone.
        let security = try NodeSecurity(node.security, as: .coordinator, .coordinator, node: directory.nodeID, log: log)
        self.security = security
        self.log = log
        let incarnation = try directory.nextIncarnation()
        insideURL = "inproc://weir-\(directory.nodeID)-\(incarnation.value)"
        let inside = insideURL

        tracing = try NodeTracing(
            node.tracing,
            contract: contract,
            node: directory.nodeID,
            metrics: metrics,
            log: log
        )

        var journalLimits = JournalLimits()
        journalLimits.segmentBytes = node.journal.segmentBytes
        let journal = try Journal(directory: directory.journal, limits: journalLimits)
        log.report(journal.recovery)

        let opened = try OpenedStore(configuration, in: directory, name: Self.coordinatorName, log: log)
        store = opened.store
        coordinator = try CoordinatorNode(
            urls: [inside + "/control"],
            expectedWorkers: workers,
            store: store,
            leadership: opened.leadership,
            configuration: node,
            security: security.transport,
            audit: security.audit,
            contract: contract,
            metrics: metrics,
            tracer: tracing?.tracer,
            epoch: epoch,
            log: log.of(role: "coordinator", Self.coordinatorName.text, epoch: epoch)
        )
        let control = try coordinator.listen(ControlURLs.single(node.controlURL))
        opened.leadership?.advertise(node.advertisedURL ?? control)
        var workerNodes: [WorkerNode] = []
        for number in 1...workers {
            let epoch = CurrentEpoch()
            workerNodes.append(
                try WorkerNode(
                    name: NodeName("worker-\(number)")!,
                    incarnation: incarnation,
                    dataURL: inside + "/worker-\(number)",
                    controlURL: inside + "/control",
                    departure: .silent,
                    configuration: node,
                    security: security.transport,
                    contract: contract,
                    metrics: metrics,
                    tracer: tracing?.tracer,
                    epoch: epoch,
                    log: log.of(role: "worker", "worker-\(number)", epoch: epoch)
                )
            )
        }
        self.workerNodes = workerNodes
        let ingestEpoch = CurrentEpoch()
        ingest = try IngestNode(
            name: NodeName("ingest-1")!,
            incarnation: incarnation,
            url: node.ingestURL,
            controlURL: inside + "/control",
            departure: .silent,
            journal: journal,
            configuration: node,
            security: security.transport,
            contract: contract,
            metrics: metrics,
            tracer: tracing?.tracer,
            epoch: ingestEpoch,
            log: log.of(role: "ingest", "ingest-1", epoch: ingestEpoch)
        )
        let publisher = try PublishSink(
            url: node.intentsURL,
            tls: security.transport.served?.contexts,
            refused: log.refusals()
        )
        let executorLog = log.of(role: "executor", "executor-1", epoch: CurrentEpoch())
        executor = try ExecutorNode(
            name: NodeName("executor-1")!,
            incarnation: incarnation,
            controlURL: inside + "/control",
            sinks: try IntentSinks.open(node, contract, in: directory, publisher: publisher, node: "executor-1"),
            bus: try IntentBus.open(node, contract, node: "executor-1", metrics: metrics, log: executorLog),
            configuration: node,
            security: security.transport,
            metrics: metrics,
            tracer: tracing?.tracer,
            log: executorLog
        )
        addresses = Addresses(ingest: ingest.url, control: control, intents: publisher.url)
    }

    /// Runs until one of the signals comes or the task is cancelled.
    ///
    /// - Parameter onReady: is told the address of HTTP, if it is on, when the node takes events.
    public func run(
        stopSignals: [UnixSignal] = [.sigterm, .sigint],
        onReady: @escaping @Sendable (_ http: String?) async -> Void
    ) async throws {
        var services: [any Service] = [tracing?.file].compactMap { $0 } + [coordinator]
        services += workerNodes
        services.append(executor)
        services.append(ingest)
        try await NodeServices(
            services: services,
            http: configuration.node.http,
            security: security,
            controlURL: insideURL + "/control",
            health: { await self.health },
            ingest: { await self.ingest.take($0, source: "http", isArray: $1) },
            isStarted: { await self.isStarted },
            announcement: Announcement(
                name: directory.nodeID,
                nodeID: directory.nodeID,
                role: "up",
                controlURL: addresses.control,
                contract: configuration.contract
            ),
            discovery: configuration.node.discovery,
            measure: { await self.samples },
            metrics: metrics,
            log: log
        ).run(stopSignals: stopSignals, onReady: onReady)
        try store.close()
    }

    private var samples: [MetricSample] {
        get async {
            var samples = metrics.samples + ProcessSamples.samples(directory: directory.path)
            samples += await coordinator.samples()
            samples += await ingest.samples
            for worker in workerNodes { samples += await worker.samples }
            return samples
        }
    }

    /// Whether the roles have met: the coordinator has its workers, and the ingest knows them.
    private var isStarted: Bool {
        get async {
            guard await coordinator.isReady else { return false }
            return await ingest.isReady
        }
    }

    private var health: NodeHealth {
        get async {
            var reason = await coordinator.unreadiness
            if reason == nil { reason = await ingest.unreadiness }
            return NodeHealth(
                reason: reason,
                nodeID: directory.nodeID,
                contract: configuration.contract,
                standing: await coordinator.standingSummary
            )
        }
    }
}
