import Logging
import WeirStorage
import WeirWire

extension RoleNode {
    /// An ingest, at `node.ingest_url`, with its journal in `node.data`, of the coordinator at `node.control_url`.
    public static func ingest(_ name: NodeName, _ configuration: Configuration, log: Logger) throws -> RoleNode {
        let node = configuration.node
        let metrics = NodeMetrics()
        let epoch = CurrentEpoch()
        let log = log.of(node: name.text, role: "ingest", epoch: epoch)
        let security = try NodeSecurity(node.security, as: .ingest, .ingest, node: name.text, log: log)
        let tracing = try NodeTracing(
            node.tracing,
            contract: configuration.contract,
            node: name.text,
            metrics: metrics,
            log: log
        )
        let directory = try DataDirectory(node.dataDirectory)
        var limits = JournalLimits()
        limits.segmentBytes = node.journal.segmentBytes
        let journal = try Journal(directory: directory.journal, limits: limits)
        log.report(journal.recovery)
        let ingest = try IngestNode(
            name: name,
            incarnation: try directory.nextIncarnation(),
            url: node.ingestURL,
            controlURL: node.controlURL,
            departure: .announced,
            journal: journal,
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
            role: "ingest",
            facts: ["ingest": ingest.url, "joined": node.controlURL, "data": directory.path],
            services: [ingest],
            spans: tracing?.file,
            directory: directory,
            configuration: configuration,
            security: security,
            log: log,
            states: States(isStarted: { await ingest.isJoined }, unreadiness: { await ingest.unreadiness }),
            metrics: metrics,
            samples: { await ingest.samples },
            ingest: { await ingest.take($0, source: "http", isArray: $1) }
        )
    }
}
