/// An alert: a rule, and one group of its dimension (nil for the whole window).
public struct AlertKey: Sendable, Hashable, Comparable {
    public var rule: String
    public var group: String?

    public init(rule: String, group: String?) {
        self.rule = rule
        self.group = group
    }

    /// By rule, then group, in byte order.
    public static func < (left: AlertKey, right: AlertKey) -> Bool {
        guard left.rule == right.rule else { return left.rule.utf8.lexicographicallyPrecedes(right.rule.utf8) }
        return (left.group ?? "").utf8.lexicographicallyPrecedes((right.group ?? "").utf8)
    }
}

/// Where an alert stands, with everything that it goes on from.
public struct AlertStatus: Sendable, Hashable {
    public var key: AlertKey
    public var machine = AlertStateMachine()
    /// Event time: since when it is in its state.
    public var since: EventTime
    /// The newest window that said something about the group, and what it said.
    public var window: Window
    public var revision: Int
    public var value: Double
    public var weight: Int
    /// The mean of the past that the value was compared with, of rules that compare so.
    public var baseline: Double?
    /// What the rule's past still needs, in order of start.
    public var past: [PastSample] = []

    /// A window of the past.
    public struct PastSample: Sendable, Hashable {
        public var start: EventTime
        public var value: Double
        public var weight: Int
    }

    public init(key: AlertKey, window: Window) {
        self.key = key
        self.window = window
        since = window.start
        revision = 0
        value = 0
        weight = 0
    }
}

/// How far a rule has come: windows that start earlier than the newest change none of its alerts.
public struct AlertProgress: Sendable, Hashable {
    public var rule: String
    /// ``AlertRule/subject`` of the rule whose progress it is.
    public var subject: String
    public var newest: EventTime

    public init(rule: String, subject: String, newest: EventTime) {
        self.rule = rule
        self.subject = subject
        self.newest = newest
    }
}

/// A step in the life of an alert, as it is kept.
public struct AlertTransition: Sendable, Hashable {
    public var key: AlertKey
    public var step: AlertStateMachine.Transition
    public var window: Window
    public var revision: Int
    public var value: Double
    /// Wall clock.
    public var at: WallTime
}
