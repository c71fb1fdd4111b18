import Hummingbird
import HummingbirdTLS
import Logging
import NIOCore
import NNG
import ServiceLifecycle

/// The HTTP interface of a node: the same routes on every node, described at `/openapi.json`.
public struct HTTPInterface: Service {
    private let host: String
    private let port: Int
    private let configuration: NodeConfiguration.HTTP
    private let tokens: HTTPTokens
    /// Nil for HTTP in the clear.
    private let certificate: ServedCertificate?
    private let log: Logger
    private let onListening: @Sendable (Int) async -> Void
    private let control: ControlClient
    private let audit: AuditLog?
    private let metrics: NodeMetrics
    private let feed: WindowFeed
    private let routes: [APIRoute]

    /// Connections that wait in the kernel until they are taken, as far as it lets them (`net.core.somaxconn`). The handshake of one beyond is
    /// dropped, and tried again by its client after a second.
    private static let backlog = 4096

    /// - Parameters:
    ///   - control: the node's line to the coordinator; closed when it stops.
    ///   - audit: where what operators do is told.
    ///   - ingest: takes a batch of events; nil where there is no ingest.
    ///   - metrics: where answers are counted.
    ///   - measure: all samples of the node.
    ///   - onListening: is told the port that was bound.
    init(
        host: String,
        port: Int,
        configuration: NodeConfiguration.HTTP,
        control: ControlClient,
        audit: AuditLog?,
        log: Logger,
        health: @escaping @Sendable () async -> NodeHealth,
        ingest: (@Sendable (_ body: [UInt8], _ isArray: Bool) async -> IngestReply)?,
        metrics: NodeMetrics,
        measure: @escaping @Sendable () async -> [MetricSample],
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        self.host = host
        self.port = port
        self.configuration = configuration
        self.log = log
        self.onListening = onListening
        self.control = control
        self.audit = audit
        tokens = try HTTPTokens(configuration)
        certificate =
            if let certificate = configuration.tlsCertificate, let key = configuration.tlsKey {
                try ServedCertificate(by: .http, certificate: certificate, key: key)
            } else {
                nil
            }
        self.metrics = metrics
        let cluster = ClusterLine(control)
        let feed = WindowFeed(cluster, bufferMax: configuration.streamBufferMax, clientsMax: configuration.streamsMax)
        self.feed = feed
        routes = Self.routes(
            cluster: cluster,
            feed: feed,
            health: health,
            ingest: ingest,
            measure: { await measure() + [MetricSample(.httpStreams, [], await feed.clientCount)] },
            protection: APIProtection(hasTokens: !tokens.isEmpty, anonymousReads: configuration.anonymousReads),
            bodyBytesMax: configuration.bodyBytesMax
        )
    }

    /// All routes, and the document that describes them.
    static func routes(
        cluster: ClusterLine,
        feed: WindowFeed,
        health: @escaping @Sendable () async -> NodeHealth,
        ingest: (@Sendable (_ body: [UInt8], _ isArray: Bool) async -> IngestReply)?,
        measure: @escaping @Sendable () async -> [MetricSample],
        protection: APIProtection,
        bodyBytesMax: Int
    ) -> [APIRoute] {
        var routes = HealthRoutes(health: health).routes
        routes += MetricRoutes(measure: measure).routes
        routes +=
            EventRoutes(
                ingest: ingest,
                misdirection: Misdirection(cluster: cluster),
                bodyBytesMax: bodyBytesMax
            ).routes
        routes += WindowRoutes(cluster: cluster).routes
        routes += StreamRoutes(feed: feed).routes
        routes += WorkflowRoutes(cluster: cluster).routes
        routes += IntentRoutes(cluster: cluster).routes
        routes += QuarantineRoutes(cluster: cluster, ingest: ingest).routes
        routes += ClusterRoutes(cluster: cluster).routes
        routes += AlertRoutes(cluster: cluster).routes
        routes += DashboardRoutes().routes
        routes += [OpenAPIDocument.route(describing: routes, protection: protection)]
        return routes
    }

    public func run() async throws {
        var quiet = log
        quiet.logLevel = max(quiet.logLevel, .warning)
        let idleTimeout = TimeAmount.milliseconds(Int64(configuration.idleTimeout / .milliseconds(1)))
        let application = Application(
            responder: APIResponder(routes, tokens: tokens, audit: audit, configuration: configuration, log: log) {
                route,
                status in
                metrics.add(.httpRequests, [route, "\(status)"])
            },
            server: try certificate.map {
                try .tls(
                    .http1(configuration: .init(idleTimeout: idleTimeout)),
                    tlsConfiguration: $0.serverConfiguration
                )
            } ?? .http1(configuration: .init(idleTimeout: idleTimeout)),
            configuration: .init(
                address: .hostname(host, port: port),
                serverName: "weir",
                backlog: Self.backlog,
                availableConnectionsDelegate: .maximum(
                    configuration.connectionsMax ?? OpenFileLimit.current / 2,
                    logger: quiet
                )
            ),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? port) },
            logger: quiet
        )
        defer { control.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.runService(gracefulShutdownSignals: []) }
            group.addTask { await feed.run() }
            if let certificate { group.addTask { await certificate.watch(log) } }
            try await group.waitForAll()
        }
    }
}
