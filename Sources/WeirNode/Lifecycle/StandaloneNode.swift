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
    private let log: Logger
    private let coordinator: CoordinatorNode
    private let ingest: IngestNode
    private let workerNodes: [WorkerNode]
    private let executor: ExecutorNode
    private let store: SQLiteStore

    /// Wall clock: what is under way when the node stops may take so long. Whatever is cut off then is replayed from the journal.
    public static let stopTimeout = Duration.seconds(8)

    /// Opens files and sockets; nothing runs yet.
    public init(_ configuration: Configuration, log: Logger) throws {
        self.configuration = configuration
        self.log = log
        let node = configuration.node
        let contract = configuration.contract
        workers = node.workers ?? ProcessInfo.processInfo.activeProcessorCount
        directory = try DataDirectory(node.dataDirectory)
        let incarnation = Incarnation(UInt64(WallTime.now.microseconds))
        let inside = "inproc://weir-\(directory.nodeID)-\(incarnation.value)"

        var journalLimits = JournalLimits()
        journalLimits.segmentBytes = node.journal.segmentBytes
        let journal = try Journal(directory: directory.journal, limits: journalLimits)
        Self.report(journal.recovery, log)

        store = try SQLiteStore(path: directory.store, contract: contract, shards: node.shards)
        coordinator = try CoordinatorNode(
            urls: [inside + "/control"],
            expectedWorkers: workers,
            store: store,
            configuration: node,
            contract: contract,
            log: Self.logger("coordinator", log)
        )
        let control = try coordinator.listen(node.controlURL)
        var workerNodes: [WorkerNode] = []
        for number in 1...workers {
            workerNodes.append(
                try WorkerNode(
                    name: NodeName("worker-\(number)")!,
                    incarnation: incarnation,
                    dataURL: inside + "/worker-\(number)",
                    controlURL: inside + "/control",
                    configuration: node,
                    contract: contract,
                    log: Self.logger("worker-\(number)", log)
                )
            )
        }
        self.workerNodes = workerNodes
        ingest = try IngestNode(
            name: NodeName("ingest-1")!,
            incarnation: incarnation,
            url: node.ingestURL,
            controlURL: inside + "/control",
            journal: journal,
            configuration: node,
            contract: contract,
            log: Self.logger("ingest-1", log)
        )
        let publisher = try PublishSink(url: node.intentsURL)
        executor = try ExecutorNode(
            name: NodeName("executor-1")!,
            controlURL: inside + "/control",
            sinks: [try FileSink(path: directory.records), publisher],
            configuration: node,
            log: Self.logger("executor-1", log)
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
        var services: [any Service] = [coordinator]
        services += workerNodes
        services.append(executor)
        services.append(ingest)
        let httpPort = AsyncStream<String?>.makeStream()
        switch configuration.node.http.listener {
        case .off:
            httpPort.continuation.yield(nil)
        case .address(let host, let port):
            services.append(
                HTTPInterface(
                    host: host,
                    port: port,
                    bodyBytesMax: configuration.node.http.bodyBytesMax,
                    log: Self.logger("http", log),
                    health: { await self.health },
                    ingest: { await self.ingest.take($0, source: "http", isArray: $1) },
                    onListening: { httpPort.continuation.yield("\(HTTPListener.address(host: host, port: $0))") }
                )
            )
        }
        services.append(
            ReadyNotice {
                var listening: String?
                for await address in httpPort.stream {
                    listening = address
                    break
                }
                while await !self.coordinator.isReady {
                    try await Task.sleep(for: tickInterval)
                }
                await onReady(listening)
            }
        )
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
            gracefulShutdownSignals: stopSignals,
            logger: Self.logger("node", log)
        )
        group.maximumGracefulShutdownDuration = Self.stopTimeout
        try await ServiceGroup(configuration: group).run()
        try store.close()
    }

    private var health: NodeHealth {
        get async {
            NodeHealth(
                isReady: await coordinator.isReady,
                nodeID: directory.nodeID,
                nodeType: configuration.contract.nodeType,
                windowType: configuration.contract.windows.types.first?.name ?? WindowType.streaming.name,
                batchSize: configuration.contract.batches.size
            )
        }
    }

    private static func logger(_ label: String, _ log: Logger) -> Logger {
        var logger = log
        logger[metadataKey: "role"] = "\(label)"
        return logger
    }

    private static func report(_ recovery: Journal.Recovery, _ log: Logger) {
        if recovery.frames > 0 {
            log.info(
                "the journal was read",
                metadata: ["frames": "\(recovery.frames)", "bytes": "\(recovery.bytes)"]
            )
        }
        if recovery.cutBytes > 0 {
            log.warning(
                "the end of the journal was not whole and was cut; nothing in it had been acknowledged",
                metadata: ["bytes": "\(recovery.cutBytes)"]
            )
        }
        for damage in recovery.damage { log.error("the journal is damaged", metadata: ["what": "\(damage)"]) }
    }
}

/// Does something once, beside the services that it waits for.
private struct ReadyNotice: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            try? await body()  // Fails only by cancellation.
        }
    }
}
