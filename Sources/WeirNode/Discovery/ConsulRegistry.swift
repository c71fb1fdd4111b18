import Foundation
import Logging

/// A node in Consul, with a check of its health over HTTP.
struct ConsulRegistry: Registry {
    let place = "Consul"
    let interval = Duration.seconds(10)
    private let agent: ConsulAgent
    private let registration: ConsulAgent.Registration

    /// How often Consul checks a node, and how long that may take.
    static let (checkInterval, checkTimeout) = ("30s", "5s")
    /// Consul removes a node that was critical for so long.
    static let removedAfter = "10m"

    /// - Parameters:
    ///   - http: where the node's HTTP listens.
    ///   - hasTLS: whether that is HTTPS.
    init(
        _ agent: URL,
        _ announcement: Announcement,
        http: HostAndPort,
        hasTLS: Bool = false,
        _ configuration: NodeConfiguration.Discovery,
        log: Logger? = nil
    ) throws(DiscoveryFailure) {
        self.agent = try ConsulAgent(agent, configuration, log: log)
        let host = configuration.address ?? (http.isWildcard ? ProcessInfo.processInfo.hostName : http.host)
        registration = ConsulAgent.Registration(
            id: "\(configuration.consulService)-\(announcement.nodeID)",
            name: configuration.consulService,
            address: host,
            port: http.port,
            tags: announcement.tags,
            meta: ["weir_name": announcement.name, "weir_role": announcement.role]
                .merging(announcement.controlURL.map { [ConsulAgent.controlKey: $0] } ?? [:]) { $1 },
            check: ConsulAgent.Registration.Check(
                http: "\(hasTLS ? "https" : "http")://\(HTTPListener.address(host: host, port: http.port))/health",
                interval: Self.checkInterval,
                timeout: Self.checkTimeout,
                deregisterCriticalServiceAfter: Self.removedAfter
            )
        )
    }

    func announce() async throws(DiscoveryFailure) {
        guard try await !agent.knows(id: registration.id) else { return }
        try await agent.register(registration)
    }

    func withdraw() async throws(DiscoveryFailure) { try await agent.deregister(id: registration.id) }
}

extension HostAndPort {
    /// Whether it stands for every address of the host.
    fileprivate var isWildcard: Bool { host == "0.0.0.0" || host == "::" }
}
