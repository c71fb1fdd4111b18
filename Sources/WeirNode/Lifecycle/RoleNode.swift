import Logging
import ServiceLifecycle
import UnixSignals
import WeirCore
import WeirWire

/// One role in a process of its own.
///
/// It takes its place in the cluster by its name. Started again with the same name and data directory it takes it up again.
public struct RoleNode: Sendable {
    public let name: NodeName
    private let role: String
    /// Where a coordinator is reached; nil for other roles.
    private let announcedURL: String?
    /// What the ready notice says of it.
    public let facts: [String: String]
    private let services: [any Service]
    /// Of the coordinator, which HTTP asks.
    private let controlURL: String
    private let directory: DataDirectory?
    private let configuration: Configuration
    private let security: NodeSecurity
    public let log: Logger
    private let states: States
    private let ingest: (@Sendable (_ body: [UInt8], _ isArray: Bool) async -> IngestReply)?
    private let metrics: NodeMetrics
    private let samples: @Sendable () async -> [MetricSample]
    private let close: @Sendable () throws -> Void

    /// What is asked of a role while it runs.
    struct States: Sendable {
        /// It has begun to take its part: the ready notice is due.
        var isStarted: @Sendable () async -> Bool
        /// Why it can't do its work now, for `/ready`; nil when it can.
        var unreadiness: @Sendable () async -> String?
        /// Of a coordinator that has others beside it.
        var standing: @Sendable () async -> CoordinatorStanding? = { nil }
    }

    init(
        name: NodeName,
        role: String,
        announcedURL: String? = nil,
        facts: [String: String],
        services: [any Service],
        spans: SpanFile?,
        controlURL: String? = nil,
        directory: DataDirectory?,
        configuration: Configuration,
        security: NodeSecurity,
        log: Logger,
        states: States,
        metrics: NodeMetrics,
        samples: @escaping @Sendable () async -> [MetricSample] = { [] },
        ingest: (@Sendable (_ body: [UInt8], _ isArray: Bool) async -> IngestReply)? = nil,
        close: @escaping @Sendable () throws -> Void = {}
    ) {
        self.name = name
        self.role = role
        self.announcedURL = announcedURL
        self.facts = facts
        // First, so that it stops last.
        self.services = [spans].compactMap { $0 } + services
        self.controlURL = controlURL ?? configuration.node.controlURL
        self.directory = directory
        self.configuration = configuration
        self.security = security
        self.log = log
        self.states = states
        self.ingest = ingest
        self.metrics = metrics
        self.samples = samples
        self.close = close
    }

    /// Runs until one of the signals comes or the task is cancelled.
    ///
    /// - Parameter onReady: is told the address of HTTP, if it is on, when the role takes its part.
    public func run(
        stopSignals: [UnixSignal] = [.sigterm, .sigint],
        onReady: @escaping @Sendable (_ http: String?) async -> Void
    ) async throws {
        try await NodeServices(
            services: services,
            http: configuration.node.http,
            security: security,
            controlURL: controlURL,
            health: {
                NodeHealth(
                    reason: await states.unreadiness(),
                    nodeID: directory?.nodeID ?? name.text,
                    contract: configuration.contract,
                    standing: await states.standing()
                )
            },
            ingest: ingest,
            isStarted: states.isStarted,
            announcement: Announcement(
                name: name.text,
                nodeID: directory?.nodeID ?? name.text,
                role: role,
                controlURL: announcedURL,
                contract: configuration.contract
            ),
            discovery: configuration.node.discovery,
            measure: { await samples() + metrics.samples + ProcessSamples.samples(directory: directory?.path) },
            metrics: metrics,
            log: log
        ).run(stopSignals: stopSignals, onReady: onReady)
        try close()
    }
}
