import WeirCore

/// Chooses what is traced by correlation id alone, so that every node chooses the same.
struct TraceSampler: Sendable {
    private let selectsAll: Bool
    /// Hashes below it are traced.
    private let bound: UInt64

    /// - Parameter ratio: share of correlation ids, 0…1.
    init(ratio: Double) {
        selectsAll = ratio >= 1
        bound = selectsAll ? .max : UInt64(max(0, ratio) * 0x1p64)
    }

    func selects(_ correlationID: UUID128) -> Bool {
        // A trace id of zeroes is not one (W3C Trace Context, 3.2.2.3).
        correlationID != .zero && (selectsAll || correlationID.hash64 < bound)
    }

    /// The events of a batch that are traced, at most ``TracingLimits/eventsPerBatch``. O(events), about 2 ns each.
    func events(in columns: EventColumns) -> [TracedEvent] {
        var rows = columns.correlationIDs.indices.filter { selects(columns.correlationIDs[$0]) }
        if rows.count > TracingLimits.eventsPerBatch {
            rows.sort { columns.correlationIDs[$0].hash64 < columns.correlationIDs[$1].hash64 }
            rows.removeSubrange(TracingLimits.eventsPerBatch...)
        }
        return rows.map { row in
            TracedEvent(
                id: columns.eventIDs[row],
                correlationID: columns.correlationIDs[row],
                workflowID: columns.workflowIDs[row],
                time: columns.times[row],
                kind: EventKind(rawValue: columns.kinds[row])
            )
        }
    }
}

/// An event that is traced.
struct TracedEvent: Sendable, Hashable {
    var id: UUID128
    var correlationID: UUID128
    var workflowID: UUID128
    var time: EventTime
    var kind: EventKind?
}
