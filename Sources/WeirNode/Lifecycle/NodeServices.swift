import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// The services of one process, from their start to their graceful stop, with health over HTTP beside them.
struct NodeServices: Sendable {
    /// In order of their start; they stop in the opposite order.
    var services: [any Service]
    var http: NodeConfiguration.HTTP
    var security: NodeSecurity
    /// Of the coordinator, which HTTP asks.
    var controlURL: String
    /// What `/health` and `/ready` say.
    var health: @Sendable () async -> NodeHealth
    /// Takes events over HTTP; nil where there is no ingest.
    var ingest: (@Sendable (_ body: [UInt8], _ isArray: Bool) async -> IngestReply)?
    /// When the ready notice is due.
    var isStarted: @Sendable () async -> Bool
    /// What is made known in the registries.
    var announcement: Announcement
    var discovery: NodeConfiguration.Discovery
    /// What `/metrics` tells.
    var measure: @Sendable () async -> [MetricSample]
    var metrics: NodeMetrics
    var log: Logger

    /// Wall clock: what is under way when the node stops may take so long. Whatever is cut off then is replayed from the journal.
    static let stopTimeout = Duration.seconds(9)

    /// Runs until one of the signals comes or the task is cancelled.
    ///
    /// - Parameter onReady: is told the address of HTTP, if it is on.
    func run(
        stopSignals: [UnixSignal],
        onReady: @escaping @Sendable (_ http: String?) async -> Void
    ) async throws {
        // A write to a peer or a log that nobody reads, or beyond a limit on the size of files, fails with an error as any other does; by
        // default it would end the process.
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        var services = services
        let httpAddress = AsyncStream<String?>.makeStream(bufferingPolicy: .bufferingOldest(1))
        switch http.listener {
        case .off:
            httpAddress.continuation.yield(nil)
        case .address(let host, let port):
            services.append(
                try HTTPInterface(
                    host: host,
                    port: port,
                    configuration: http,
                    control: try ControlClient(
                        url: controlURL,
                        discovery: discovery,
                        timeout: ClusterLine.timeout,
                        security: security.transport,
                        as: security.role
                    ),
                    audit: security.audit,
                    log: log.of(part: "http"),
                    health: health,
                    ingest: ingest,
                    metrics: metrics,
                    measure: measure,
                    onListening: { httpAddress.continuation.yield("\(HTTPListener.address(host: host, port: $0))") }
                )
            )
        }
        if let served = security.transport.served {
            services.append(Beside { await served.watch(log) })
        }
        services.append(
            Beside {
                var listening: String?
                for await address in httpAddress.stream {
                    listening = address
                    break
                }
                while await !isStarted() { try await Task.sleep(for: tickInterval) }
                await onReady(listening)
                try await Announcer(
                    announcement,
                    http: listening.flatMap { HostAndPort($0) },
                    hasTLS: http.tlsCertificate != nil,
                    discovery,
                    log: log.of(part: "discovery")
                ).run()
            }
        )
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
            gracefulShutdownSignals: stopSignals,
            logger: log.of(part: "services")
        )
        group.maximumGracefulShutdownDuration = Self.stopTimeout
        try await ServiceGroup(configuration: group).run()
    }
}

/// Does something beside the services that it waits for, until they are to stop.
private struct Beside: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await body()
            } catch is CancellationError {}
        }
    }
}
