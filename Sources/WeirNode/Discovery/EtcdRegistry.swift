import Foundation
import Logging

/// A coordinator in etcd: a key with its control URL, which hangs on a lease and is gone soon after the coordinator.
actor EtcdRegistry: Registry {
    nonisolated let place = "etcd"
    nonisolated let interval = Duration.seconds(5)
    private let gateway: EtcdGateway
    private let name: String
    private let prefix: String
    private let url: String
    private var lease: String?

    /// The key is gone so long after the coordinator.
    static let leaseSeconds = 15

    init(
        _ servers: [URL],
        name: String,
        controlURL: String,
        _ configuration: NodeConfiguration.Discovery,
        log: Logger? = nil
    ) throws(DiscoveryFailure) {
        gateway = try EtcdGateway(servers, configuration, log: log)
        self.name = name
        prefix = configuration.etcdPrefix
        url = controlURL
    }

    func announce() async throws(DiscoveryFailure) {
        if let lease, try await gateway.renewLease(lease) { return }
        let lease = try await gateway.grantLease(seconds: Self.leaseSeconds)
        try await gateway.put(url, as: name, under: prefix, lease: lease)
        self.lease = lease
    }

    func withdraw() async throws(DiscoveryFailure) {
        guard let lease else { return }
        try await gateway.revokeLease(lease)
        self.lease = nil
    }
}
