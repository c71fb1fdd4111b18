import WeirCore

/// An action on its way: who asked for what, before it is known how it ends.
struct AuditedAction: Sendable {
    private let log: AuditLog
    private var entry: AuditEntry

    init(
        _ log: AuditLog,
        via: String,
        who: String,
        peer: String,
        action: String,
        subject: String,
        correlationID: UUID128 = .random()
    ) {
        self.log = log
        entry = AuditEntry(
            time: .now,
            correlationID: correlationID,
            via: via,
            who: who,
            peer: peer,
            action: action,
            subject: subject,
            outcome: .begun
        )
    }

    /// - Throws: when the action must not be carried out, because its entry is not on disk.
    func begin() async throws(AuditFailure) { try await log.write(entry) }

    /// - Parameter failure: why it was not carried out; nil when it was.
    func end(_ failure: String?) async { await log.writeEnd(entry(failure == nil ? .done : .failed, failure)) }

    func refuse(_ reason: String) async { await log.writeRefusal(entry(.refused, reason)) }

    private func entry(_ outcome: AuditEntry.Outcome, _ detail: String?) -> AuditEntry {
        var entry = entry
        entry.time = .now
        entry.outcome = outcome
        entry.detail = detail
        return entry
    }
}
