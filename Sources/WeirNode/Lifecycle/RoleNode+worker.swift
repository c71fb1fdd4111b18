import Logging
import WeirCore
import WeirWire

extension RoleNode {
    /// A worker, at `node.data_url`, of the coordinator at `node.control_url`.
    ///
    /// - Parameter directory: remembers the worker's last life, and nothing else; without one the clock must not step back.
    public static func worker(
        _ name: NodeName,
        directory path: String?,
        _ configuration: Configuration,
        log: Logger
    ) throws -> RoleNode {
        let node = configuration.node
        let metrics = NodeMetrics()
        let epoch = CurrentEpoch()
        let log = log.of(node: name.text, role: "worker", epoch: epoch)
        let security = try NodeSecurity(node.security, as: .worker, .worker, node: name.text, log: log)
        let tracing = try NodeTracing(
            node.tracing,
            contract: configuration.contract,
            node: name.text,
            metrics: metrics,
            log: log
        )
        let directory = try path.map { path throws(DataDirectoryFailure) in try DataDirectory(path) }
        let worker = try WorkerNode(
            name: name,
            incarnation: try directory?.nextIncarnation() ?? Incarnation(UInt64(WallTime.now.microseconds)),
            dataURL: node.dataURL,
            advertisedURL: node.advertisedURL,
            controlURL: node.controlURL,
            departure: .announced,
            configuration: node,
            security: security.transport,
            contract: configuration.contract,
            metrics: metrics,
            tracer: tracing?.tracer,
            epoch: epoch,
            log: log
        )
        return RoleNode(
            name: name,
            role: "worker",
            facts: ["listens": worker.url, "advertises": worker.advertisedURL, "joined": node.controlURL],
            services: [worker],
            spans: tracing?.file,
            directory: directory,
            configuration: configuration,
            security: security,
            log: log,
            states: States(isStarted: { await worker.isJoined }, unreadiness: { await worker.unreadiness }),
            metrics: metrics,
            samples: { await worker.samples }
        )
    }
}
