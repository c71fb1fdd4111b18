import WeirCore

/// The windows of a set of events, computed in one go by one thread: what a cluster's records are compared with.
enum ReferenceAnswer {
    /// - Parameter selected: which of the events count.
    static func windows(_ events: EventColumns, selected: [Bool], contract: Contract) -> [Window: WindowAggregate] {
        var table = PaneTable(limits: contract.aggregation, layout: contract.windows.layout)
        let rows = selected.indices.filter { selected[$0] }.map { Int32($0) }
        table.add(events, hashes: events.workflowIDs.map(\.hash64), selected: rows)
        var windows: [Window: WindowAggregate] = [:]
        for (start, aggregate) in table.panes where aggregate.eventCount > 0 {
            for type in WindowType.allCases {
                let window = contract.windows.layout.window(type, holding: start)
                windows[window, default: WindowAggregate(limits: contract.aggregation)].merge(aggregate)
            }
        }
        return windows
    }

    /// The bytes that the payload of a window's record must begin with: all of it but the members of the run.
    static func payloadPrefix(
        _ window: Window,
        revision: Int,
        aggregate: WindowAggregate,
        contract: Contract
    ) -> [UInt8] {
        let ids = IntentIDs(contract: contract, window: window, revision: revision)
        let record = WindowRecord(
            window: window,
            layout: contract.windows.layout,
            revision: revision,
            aggregate: aggregate
        )
        let payload = Intent.payload(
            of: record,
            ids: ids,
            at: ProcessClock.epoch,
            aggregationDuration: .zero
        )
        let run = Array(",\"timestamp\":".utf8)
        let end = payload.indices.last { payload[$0...].starts(with: run) }!
        return Array(payload[..<end])
    }
}
