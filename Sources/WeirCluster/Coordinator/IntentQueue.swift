import WeirCore
import WeirWire

/// Intents that are yet to be carried out: leased to executors by priority, then age; retried with backoff; given up after the
/// last attempt.
struct IntentQueue: Sendable {
    private struct Entry: Sendable {
        var intent: PendingIntent
        /// Order of arrival.
        var order: UInt64
        /// Who has it, and, by the wall clock, until when.
        var lease: (executor: NodeName, until: WallTime)?
    }

    private var entries: [UUID128: Entry] = [:]
    /// Ids by priority, then order.
    private var queue: [UUID128] = []
    private var nextOrder: UInt64 = 0
    let retry: RetryPolicy

    init(retry: RetryPolicy, pending: [PendingIntent] = []) {
        self.retry = retry
        for intent in pending { add(intent) }
    }

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    func contains(_ id: UUID128) -> Bool { entries[id] != nil }

    mutating func add(_ intent: PendingIntent) {
        guard entries[intent.id] == nil else { return }
        entries[intent.id] = Entry(intent: intent, order: nextOrder)
        nextOrder += 1
        // Mostly appended: few priorities, and order only grows.
        var position = queue.count
        while position > 0, entries[queue[position - 1]]!.intent.priority > intent.priority { position -= 1 }
        queue.insert(intent.id, at: position)
    }

    /// Leases at most `max` intents until a moment. O(queue).
    mutating func lease(
        to executor: NodeName,
        max: Int,
        until: WallTime,
        at now: WallTime
    ) -> [(id: UUID128, attempt: Int)] {
        var leased: [(id: UUID128, attempt: Int)] = []
        for id in queue where leased.count < max {
            let entry = entries[id]!
            if entry.intent.availableAt > now { continue }
            if let held = entry.lease, held.until > now { continue }
            entries[id]!.lease = (executor, until)
            leased.append((id, entry.intent.attempts + 1))
        }
        return leased
    }

    /// Ends the leases of an executor that is gone. O(queue).
    mutating func free(leasedTo executor: NodeName) {
        for id in queue where entries[id]!.lease?.executor == executor { entries[id]!.lease = nil }
    }

    /// What became of an intent.
    enum Outcome: Sendable {
        case completed(PendingIntent)
        /// It will be tried again.
        case retried(PendingIntent)
        case deadLettered(PendingIntent)
    }

    /// Takes in the result of an attempt; nil for an intent that is no longer here (a repeated report, or the result of an executor
    /// whose lease had ended).
    mutating func finish(_ id: UUID128, success: Bool, at now: WallTime) -> Outcome? {
        guard var entry = entries[id] else { return nil }
        entry.intent.attempts += 1
        entry.lease = nil
        if success || entry.intent.attempts >= retry.attemptsMax {
            entries[id] = nil
            queue.removeAll { $0 == id }
            return success ? .completed(entry.intent) : .deadLettered(entry.intent)
        }
        entry.intent.availableAt = now.advanced(
            byMicroseconds: retry.pause(of: id, after: entry.intent.attempts).inMicroseconds
        )
        entries[id] = entry
        return .retried(entry.intent)
    }
}
