/// A COMPLETED event as the `top_workflows_` lists show it.
public struct RankedWorkflow: Sendable, Hashable {
    public var workflowID: UUID128
    public var eventID: UUID128
    /// Seconds.
    public var duration: Double
    public var tokens: Int64
    /// USD.
    public var cost: Double
}

/// The `limit` COMPLETED events that are largest by cost or by duration; ties by workflow id, then event id.
///
/// The order is total over distinct events, so the list depends on the set alone.
public struct TopWorkflows: Sendable, Equatable {
    /// What the list is ordered by, descending.
    public enum Measure: UInt8, Sendable {
        case cost = 0
        case duration = 1
    }

    public let measure: Measure
    public let limit: Int
    /// Largest first.
    public internal(set) var ranked: [RankedWorkflow] = []

    public init(by measure: Measure, limit: Int) {
        self.measure = measure
        self.limit = limit
    }

    /// O(1) for an event that does not make the list, O(limit) otherwise.
    @inline(__always)
    public mutating func add(_ candidate: RankedWorkflow) {
        if ranked.count == limit, let last = ranked.last, !precedes(candidate, last) { return }
        insert(candidate)
    }

    public mutating func merge(_ other: TopWorkflows) {
        for candidate in other.ranked { add(candidate) }
    }

    private mutating func insert(_ candidate: RankedWorkflow) {
        let position = ranked.firstIndex { precedes(candidate, $0) } ?? ranked.count
        ranked.insert(candidate, at: position)
        if ranked.count > limit { ranked.removeLast() }
    }

    @inline(__always)
    private func precedes(_ left: RankedWorkflow, _ right: RankedWorkflow) -> Bool {
        let one = measure == .cost ? left.cost : left.duration
        let two = measure == .cost ? right.cost : right.duration
        if one != two { return one > two }
        if left.workflowID != right.workflowID { return left.workflowID < right.workflowID }
        return left.eventID < right.eventID
    }
}
