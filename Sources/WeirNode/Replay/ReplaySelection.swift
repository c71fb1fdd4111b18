import WeirCore

/// Which events are sent again: those of a span of event time and of a workflow.
public struct ReplaySelection: Sendable, Hashable {
    /// Events at or after this moment; nil from the first.
    public var from: EventTime?
    /// Events before this moment; nil to the last.
    public var until: EventTime?
    /// Events of this workflow alone; nil for all.
    public var workflow: UUID128?

    public init(from: EventTime? = nil, until: EventTime? = nil, workflow: UUID128? = nil) {
        self.from = from
        self.until = until
        self.workflow = workflow
    }

    /// Whether every event is selected.
    public var isEverything: Bool { self == ReplaySelection() }

    func includes(_ time: EventTime, _ workflow: UUID128) -> Bool {
        if let from, time < from { return false }
        if let until, time >= until { return false }
        return self.workflow.map { $0 == workflow } ?? true
    }
}
