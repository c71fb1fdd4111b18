import WeirCore

/// What lines should make of the windows, counted as they are written: for checking at no cost that matters.
public struct LoadTally: Sendable, Equatable {
    /// The part of a streaming window that is cheap to know beforehand.
    public struct Pane: Sendable, Equatable {
        public var started = 0
        public var stageCompleted = 0
        public var completed = 0
        public var failed = 0
        public var tokens: Int128 = 0
        public var cost = ExactSum()
        public var duration = ExactSum()

        public init() {}

        public var events: Int { started + stageCompleted + completed + failed }

        mutating func merge(_ other: Pane) {
            started += other.started
            stageCompleted += other.stageCompleted
            completed += other.completed
            failed += other.failed
            tokens += other.tokens
            cost.merge(other.cost)
            duration.merge(other.duration)
        }
    }

    /// By start of the streaming window.
    public private(set) var panes: [EventTime: Pane] = [:]
    public private(set) var lines = 0
    public private(set) var duplicates = 0
    public private(set) var refused: [QuarantineReason: Int] = [:]
    private let layout: WindowLayout
    /// The pane of the event before, which is most often that of the next; taken into ``panes`` by ``settle()``.
    private var current = Pane()
    private var currentStart: EventTime?

    public init(layout: WindowLayout) {
        self.layout = layout
    }

    public var events: Int { panes.values.reduce(0) { $0 + $1.events } + current.events }
    public var quarantined: Int { refused.values.reduce(0, +) }

    public mutating func add(_ line: GeneratedLine) {
        lines &+= 1
        switch line.outcome {
        case .duplicate: duplicates &+= 1
        case .refused(let kind): refused[kind.reason, default: 0] += 1
        case .event(let kind):
            let start = currentStart?.microseconds ?? .max
            if line.time.microseconds < start || line.time.microseconds &- start >= layout.paneLength {
                settle()
                currentStart = layout.pane(holding: line.time)
            }
            switch kind {
            case .started: current.started &+= 1
            case .stageCompleted: current.stageCompleted &+= 1
            case .completed: current.completed &+= 1
            case .failed: current.failed &+= 1
            }
            if let completion = line.completion {
                current.tokens &+= Int128(completion.tokens)
                current.cost.add(completion.cost)
                current.duration.add(completion.duration)
            }
        }
    }

    /// Adds all lines of another tally.
    public mutating func merge(_ other: LoadTally) {
        settle()
        lines += other.lines
        duplicates += other.duplicates
        refused.merge(other.refused, uniquingKeysWith: +)
        for (start, pane) in other.panes { panes[start, default: Pane()].merge(pane) }
        if let start = other.currentStart { panes[start, default: Pane()].merge(other.current) }
    }

    /// Brings ``panes`` up to date.
    public mutating func settle() {
        if let start = currentStart { panes[start, default: Pane()].merge(current) }
        currentStart = nil
        current = Pane()
    }
}
