import Foundation
import Logging
import WeirCore

/// What a node makes known of itself in the registries.
struct Announcement: Sendable {
    /// Unique in the cluster.
    var name: String
    /// Kept by the data directory, where there is one.
    var nodeID: String
    var role: String
    /// Where a coordinator is reached; nil for other roles.
    var controlURL: String?
    var contract: Contract

    /// Tags of the service in Consul.
    var tags: [String] {
        let kind = "codegen-metrics-\(contract.nodeType)"
        return ["onex", "bridge", kind, "omninode_bridge", "version:\(WeirVersion.current)", "node_type:\(kind)"]
            + ["role:\(role)"] + contract.windows.types.map { "window_type:\($0.name)" }
    }
}

/// A registry in which a node is announced.
protocol Registry: Sendable {
    /// What messages call it.
    var place: String { get }
    /// Wall clock: how often it is looked whether the registry still knows the node, as one that was started anew may not.
    var interval: Duration { get }

    /// Makes the node known, unless it is. Asked again and again.
    func announce() async throws(DiscoveryFailure)
    /// Takes it back.
    func withdraw() async throws(DiscoveryFailure)
    func close() async
}

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
        _ configuration: NodeConfiguration.Discovery
    ) throws(DiscoveryFailure) {
        self.agent = try ConsulAgent(agent, configuration)
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
    func close() async { await agent.close() }
}

/// A coordinator in etcd: a key with its control URL, which hangs on a lease and is gone soon after the coordinator.
actor EtcdRegistry: Registry {
    nonisolated let place = "etcd"
    nonisolated let interval = Duration.seconds(5)
    private let gateway: EtcdGateway
    private let key: String
    private let url: String
    private var lease: String?

    /// The key is gone so long after the coordinator.
    static let leaseSeconds = 15

    init(
        _ server: URL,
        name: String,
        controlURL: String,
        _ configuration: NodeConfiguration.Discovery
    ) throws(DiscoveryFailure) {
        gateway = try EtcdGateway(server, configuration)
        key = configuration.etcdPrefix + name
        url = controlURL
    }

    func announce() async throws(DiscoveryFailure) {
        if let lease, try await gateway.renewLease(lease) { return }
        let lease = try await gateway.grantLease(seconds: Self.leaseSeconds)
        try await gateway.put(key, url, lease: lease)
        self.lease = lease
    }

    func withdraw() async throws(DiscoveryFailure) {
        guard let lease else { return }
        try await gateway.revokeLease(lease)
        self.lease = nil
    }

    func close() async { await gateway.close() }
}

extension HostAndPort {
    /// Whether it stands for every address of the host.
    fileprivate var isWildcard: Bool { host == "0.0.0.0" || host == "::" }
}
