import Logging
import WeirConnectors
import WeirCore
import WeirWire

extension RoleNode {
    /// An executor, which appends records and alerts to files in `node.data`, stores them in PostgreSQL if `executor.postgresql` names
    /// one, publishes them to Kafka's topics if `executor.kafka` says so, and publishes intents at `node.intents_url`.
    public static func executor(_ name: NodeName, _ configuration: Configuration, log: Logger) throws -> RoleNode {
        let node = configuration.node
        let metrics = NodeMetrics()
        let epoch = CurrentEpoch()
        let log = log.of(node: name.text, role: "executor", epoch: epoch)
        let security = try NodeSecurity(node.security, as: .executor, .executor, node: name.text, log: log)
        let tracing = try NodeTracing(
            node.tracing,
            contract: configuration.contract,
            node: name.text,
            metrics: metrics,
            log: log
        )
        let directory = try DataDirectory(node.dataDirectory)
        let publisher = try PublishSink(
            url: node.intentsURL,
            tls: security.transport.served?.contexts,
            refused: log.refusals()
        )
        let executor = try ExecutorNode(
            name: name,
            incarnation: try directory.nextIncarnation(),
            controlURL: node.controlURL,
            sinks: try IntentSinks.open(
                node,
                configuration.contract,
                in: directory,
                publisher: publisher,
                node: name.text
            ),
            bus: try IntentBus.open(node, configuration.contract, node: name.text, metrics: metrics, log: log),
            configuration: node,
            security: security.transport,
            metrics: metrics,
            tracer: tracing?.tracer,
            log: log
        )
        return RoleNode(
            name: name,
            role: "executor",
            facts: ["intents": publisher.url, "joined": node.controlURL, "records": directory.records],
            services: [executor],
            spans: tracing?.file,
            directory: directory,
            configuration: configuration,
            security: security,
            log: log,
            states: States(isStarted: { await executor.isReady }, unreadiness: { await executor.unreadiness }),
            metrics: metrics
        )
    }
}
