import Foundation
import Logging
import WeirConnectors
import WeirCore

/// A file to which every action of operators is appended, one JSON object a line, and synced before the action is carried out.
///
/// An action whose entry can't be written is refused: who keeps an audit log wants no action that is not in it. The file is only ever appended to, so that
/// it may be truncated after a copy (logrotate's `copytruncate`); when it was renamed or removed it is made anew before the next entry.
actor AuditLog {
    private let executor = ThreadExecutor(name: "audit")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let path: String
    private let node: String
    private let log: Logger
    private let notices = NoticeLimiter()
    private let clock = ContinuousClock()
    private let began: ContinuousClock.Instant
    private var descriptor: Int32
    private var refusals: TokenBucket
    private var suppressed = 0

    /// Refusals a minute that are told; of more, their number is in the next entry. So a stranger, or a node with a wrong secret, adds less than
    /// 100 MB a day.
    static let refusalsPerMinute = 60

    /// - Parameter node: that is asked.
    init(path: String, node: String, log: Logger) throws(AuditFailure) {
        self.path = path
        self.node = node
        self.log = log
        began = clock.now
        refusals = TokenBucket(rate: Self.refusalsPerMinute, at: .zero)
        descriptor = try Self.opened(path)
    }

    deinit { close(descriptor) }

    /// Writes an entry, and syncs it.
    ///
    /// - Throws: when it is not on disk.
    func write(_ entry: AuditEntry) throws(AuditFailure) {
        try reopenIfMoved()
        let line = entry.line(node: node, suppressed: suppressed)
        let end = lseek(descriptor, 0, SEEK_END)
        // One write, so that lines of several processes stay whole.
        let written = line.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
        guard written == line.count else {
            let failure = AuditFailure(path: path, errno: written < 0 ? errno : ENOSPC)
            // A part of a line would make the next one unreadable.
            if written > 0 { ftruncate(descriptor, end) }
            throw failure
        }
        guard fdatasync(descriptor) == 0 else { throw AuditFailure(path: path, errno: errno) }
        suppressed = 0
    }

    /// Writes that somebody was refused. When that fails there is nothing to hold up: it is logged.
    func writeRefusal(_ entry: AuditEntry) {
        // What a second is to the bucket is a minute here.
        guard refusals.take(rate: Self.refusalsPerMinute, at: (clock.now - began) / 60) else {
            suppressed += 1
            return
        }
        writeEnd(entry)
    }

    /// Writes how an action ended. When that fails its beginning is on disk: it is logged.
    func writeEnd(_ entry: AuditEntry) {
        do throws(AuditFailure) {
            try write(entry)
        } catch {
            if notices.admits(error.description) {
                log.error(
                    "an entry of the audit log is lost",
                    metadata: [
                        "error": "\(error)", "action": "\(entry.action)", "outcome": "\(entry.outcome.rawValue)",
                        "correlation_id": "\(entry.correlationID)",
                    ]
                )
            }
        }
    }

    private func reopenIfMoved() throws(AuditFailure) {
        var open = stat()
        var named = stat()
        let isThere = stat(path, &named) == 0
        guard fstat(descriptor, &open) != 0 || !isThere || open.st_ino != named.st_ino || open.st_dev != named.st_dev
        else { return }
        let new = try Self.opened(path)
        close(descriptor)
        descriptor = new
    }

    private static func opened(_ path: String) throws(AuditFailure) -> Int32 {
        let descriptor = open(path, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw AuditFailure(path: path, errno: errno) }
        return descriptor
    }
}

/// An entry of the audit log is not on disk.
struct AuditFailure: Error, Sendable, CustomStringConvertible {
    var path: String
    var errno: Int32

    var description: String {
        "the audit log \(path) can't be written: \(String(cString: strerror(errno))); make room or see to its permissions, or start the node without security.audit_log"
    }
}
