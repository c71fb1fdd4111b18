import Logging
import WeirStorage
import WeirWire

extension RoleNode {
    /// A coordinator, at `node.control_url`, with its store in `node.data` or in PostgreSQL.
    public static func coordinator(
        _ name: NodeName,
        _ configuration: Configuration,
        log: Logger
    ) throws -> RoleNode {
        let node = configuration.node
        let metrics = NodeMetrics()
        let epoch = CurrentEpoch()
        let log = log.of(node: name.text, role: "coordinator", epoch: epoch)
        let security = try NodeSecurity(node.security, as: .coordinator, .coordinator, node: name.text, log: log)
        let tracing = try NodeTracing(
            node.tracing,
            contract: configuration.contract,
            node: name.text,
            metrics: metrics,
            log: log
        )
        let directory = try DataDirectory(node.dataDirectory)
        let opened = try OpenedStore(configuration, in: directory, name: name, log: log)
        let store = opened.store
        // What HTTP asks: the address that others use may be one that can't be dialled.
        let insideURL = "inproc://weir-\(directory.nodeID)/control"
        let coordinator = try CoordinatorNode(
            urls: [insideURL],
            expectedWorkers: nil,
            store: store,
            leadership: opened.leadership,
            configuration: node,
            security: security.transport,
            audit: security.audit,
            contract: configuration.contract,
            metrics: metrics,
            tracer: tracing?.tracer,
            epoch: epoch,
            log: log
        )
        let url = try coordinator.listen(ControlURLs.single(node.controlURL))
        opened.leadership?.advertise(node.advertisedURL ?? url)
        return RoleNode(
            name: name,
            role: "coordinator",
            announcedURL: node.advertisedURL ?? url,
            facts: ["control": url, "data": directory.path, "store": "\(store.place)", "shards": "\(node.shards)"],
            services: [coordinator],
            spans: tracing?.file,
            controlURL: insideURL,
            directory: directory,
            configuration: configuration,
            security: security,
            log: log,
            // Workers need it before it has any.
            states: States(
                isStarted: { true },
                unreadiness: { await coordinator.unreadiness },
                standing: { await coordinator.standingSummary }
            ),
            metrics: metrics,
            samples: { await coordinator.samples() },
            close: { try store.close() }
        )
    }
}
