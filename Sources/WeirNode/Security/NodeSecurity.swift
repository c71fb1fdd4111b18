import Logging
import WeirWire

/// What protects a process, and what tells of it.
struct NodeSecurity: Sendable {
    var transport: TransportSecurity
    /// As which it speaks for itself.
    var role: PeerRole
    /// Nil when none is kept.
    var audit: AuditLog?

    /// Reads the files that the configuration names, and opens the audit log.
    init(
        _ configuration: NodeConfiguration.Security,
        as part: SecurityPart,
        _ role: PeerRole,
        node: String,
        log: Logger
    ) throws {
        transport = try TransportSecurity(configuration, as: part)
        self.role = role
        audit = try configuration.auditLog.map { path throws(AuditFailure) in
            try AuditLog(path: path, node: node, log: log)
        }
    }
}
