/// The life of one alert, a rule for one group: `ok → pending → firing → resolved`, and around again with the next incident. Event
/// time alone decides.
public struct AlertStateMachine: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// Nothing is wrong, and nothing was. Next: pending.
        case ok
        /// The threshold is breached since the start of a window, not for long enough yet. Next: firing, ok (when the breach ended,
        /// even if the value is not good yet).
        case pending(since: EventTime)
        /// Announced. Next: resolved (when the value is good, or nothing more is heard).
        case firing(AlertIncident)
        /// Announced as over. Next: pending.
        case resolved(AlertIncident)

        public var name: String {
            switch self {
            case .ok: "ok"
            case .pending: "pending"
            case .firing: "firing"
            case .resolved: "resolved"
            }
        }
    }

    /// How a window's value stands to the rule's bound.
    public enum Reading: Sendable, Hashable {
        case breach
        /// Neither wrong nor good: within the hysteresis.
        case between
        case clear
    }

    /// Why an alert changes its state.
    public enum Cause: UInt8, Sendable, CaseIterable {
        case breach = 0
        /// The breach lasted for as long as the rule asks.
        case held = 1
        /// The breach ended before that.
        case recovered = 2
        case clear = 3
        /// No data of the group came for as long as the rule waits.
        case silence = 4
        /// The rule was removed, or looks at something else now.
        case ruleRemoved = 5

        public var name: String {
            switch self {
            case .breach: "breach"
            case .held: "held"
            case .recovered: "recovered"
            case .clear: "clear"
            case .silence: "silence"
            case .ruleRemoved: "rule_removed"
            }
        }
    }

    /// One step.
    public struct Transition: Sendable, Hashable {
        public var from: State
        public var to: State
        public var cause: Cause
    }

    public private(set) var state: State
    /// The newest incident, for the number of the next.
    public private(set) var lastIncident: AlertIncident?

    public init() {
        state = .ok
    }

    public init(state: State, lastIncident: AlertIncident?) {
        self.state = state
        self.lastIncident = lastIncident
    }

    /// Takes in a window's reading; windows come in order of their start, the newest possibly several times (its revisions).
    ///
    /// - Parameters:
    ///   - start, end: of the window.
    ///   - holdFor: how long a breach must last, in microseconds.
    /// - Returns: at most two transitions, in order.
    public mutating func observe(
        _ reading: Reading,
        start: EventTime,
        end: EventTime,
        holdFor: Int64
    ) -> [Transition] {
        switch (state, reading) {
        case (.ok, .breach), (.resolved, .breach):
            let began = move(to: .pending(since: start), .breach)
            return [began] + fire(since: start, start: start, end: end, holdFor: holdFor)
        case (.pending(let since), .breach):
            return fire(since: since, start: start, end: end, holdFor: holdFor)
        case (.pending, .between), (.pending, .clear):
            return [move(to: .ok, .recovered)]
        case (.firing(let incident), .clear):
            return [move(to: .resolved(incident), .clear)]
        case (.firing, .breach), (.firing, .between), (.ok, .between), (.ok, .clear), (.resolved, .between),
            (.resolved, .clear):
            return []
        }
    }

    /// Nothing more is to be expected.
    public mutating func end(_ cause: Cause) -> Transition? {
        switch state {
        case .pending: move(to: .ok, cause)
        case .firing(let incident): move(to: .resolved(incident), cause)
        case .ok, .resolved: nil
        }
    }

    private mutating func fire(since: EventTime, start: EventTime, end: EventTime, holdFor: Int64) -> [Transition] {
        guard end.microseconds - since.microseconds >= holdFor else { return [] }
        let number = lastIncident.map { $0.start == start ? $0.number + 1 : 0 } ?? 0
        let incident = AlertIncident(start: start, number: number)
        lastIncident = incident
        return [move(to: .firing(incident), .held)]
    }

    private mutating func move(to next: State, _ cause: Cause) -> Transition {
        let transition = Transition(from: state, to: next, cause: cause)
        state = next
        return transition
    }
}

/// One time that an alert fired: named by the window that made it fire, so that the same windows make the same incidents.
public struct AlertIncident: Sendable, Hashable {
    /// Start of the window.
    public var start: EventTime
    /// 0, or more when revisions of that window made it fire again.
    public var number: Int

    public init(start: EventTime, number: Int) {
        self.start = start
        self.number = number
    }
}
