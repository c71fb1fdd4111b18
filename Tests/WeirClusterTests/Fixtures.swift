import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirCluster

/// Names and events that the stories of the machines share.
enum Story {
    static let ingest = NodeName("ingest-1")!
    static let one = NodeName("worker-1")!
    static let two = NodeName("worker-2")!
    static let shards = 8
    /// The wall clock of the story's beginning, and the event time of its first event.
    static let start = EventTime(microseconds: 1_793_664_000_000_000)

    static func after(_ milliseconds: Int64) -> WallTime { start.advanced(byMicroseconds: milliseconds * 1000) }

    /// The worker ``one``.
    static func worker(limits: WorkerLimits = WorkerLimits()) -> WorkerMachine {
        WorkerMachine(
            name: one,
            incarnation: Incarnation(1),
            dataURL: "inproc://one",
            contract: Contract(),
            limits: limits
        )
    }

    /// STARTED events, one a workflow, `spacing` milliseconds apart.
    static func started(_ numbers: Range<Int>, from: EventTime = start, spacing: Int64 = 100) -> EventColumns {
        var columns = EventColumns()
        for number in numbers {
            let id = UUID128(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number))
            columns.kinds.append(EventKind.started.rawValue)
            columns.times.append(from.advanced(byMicroseconds: Int64(number - numbers.lowerBound) * spacing * 1000))
            columns.eventIDs.append(id)
            columns.workflowIDs.append(id)
            columns.correlationIDs.append(id)
        }
        return columns
    }

    static func aggregate(_ columns: EventColumns) -> WindowAggregate {
        var panes = PaneTable(limits: AggregateLimits(), layout: .standard)
        panes.add(columns, hashes: columns.workflowHashes)
        return panes.panes.dropFirst().reduce(into: panes.panes[0].aggregate) { $0.merge($1.aggregate) }
    }
}

extension [IngestEffect] {
    var appended: [JournalledFrame] {
        compactMap { if case .append(let frame) = $0 { frame } else { nil } }
    }
    var deliveries: [Delivery] {
        compactMap { if case .deliver(_, _, let delivery) = $0 { delivery } else { nil } }
    }
    var acknowledged: [(request: RequestID, accepted: Int, quarantined: Int)] {
        compactMap {
            if case .acknowledge(let id, let accepted, let quarantined, _) = $0 {
                (id, accepted, quarantined)
            } else {
                nil
            }
        }
    }
    var refused: [(request: RequestID, reason: String)] {
        compactMap { if case .refuse(let id, let reason) = $0 { (id, reason) } else { nil } }
    }
}

extension [WorkerEffect] {
    var answers: [DeliveryReply] {
        compactMap { if case .answer(_, let reply) = $0 { reply } else { nil } }
    }
    var commits: [Commit] {
        compactMap { if case .commit(let commit) = $0 { commit } else { nil } }
    }
    var joins: Int { count { if case .join = $0 { true } else { false } } }
}

extension [CoordinatorEffect] {
    var replies: [ControlReply] {
        compactMap { if case .reply(_, let reply) = $0 { reply } else { nil } }
    }
    var transactions: [StoreTransaction] {
        compactMap { if case .store(let transaction) = $0 { transaction } else { nil } }
    }
    var leases: [(id: UUID128, attempt: Int)] {
        compactMap { if case .replyLease(_, let leased) = $0 { leased } else { nil } }.flatMap { $0 }
    }
}
