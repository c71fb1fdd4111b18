/// Compares closed windows with the contract's rules. What it knows is given at its start and returned with each change, so that
/// the changes can be stored with the window that made them: an evaluator made from what is stored goes on from there.
///
/// Windows of a rule count in order of their start. The newest that the rule has looked at may come again with a later revision: it
/// is looked at anew, which can end an incident or begin another (with a number of its own), and never announces one twice. A
/// window that starts before the newest, be it late or a revision, changes no alert: what was announced for later windows stands.
/// It still replaces its own value in the past that later windows are compared with.
public struct AlertEvaluator: Sendable {
    private let settings: AlertSettings
    private let layout: WindowLayout
    private var progress: [String: AlertProgress]
    private var statuses: [AlertKey: AlertStatus]
    /// Groups by rule, for the limit.
    private var groups: [String: Int] = [:]

    public init(settings: AlertSettings, layout: WindowLayout, progress: [AlertProgress], statuses: [AlertStatus]) {
        self.settings = settings
        self.layout = layout
        self.progress = Dictionary(progress.map { ($0.rule, $0) }) { $1 }
        self.statuses = Dictionary(statuses.map { ($0.key, $0) }) { $1 }
        for status in statuses { groups[status.key.rule, default: 0] += 1 }
    }

    /// The rules that workers have to be asked for.
    /// Alerts that fire now, by rule and group.
    public var firing: [AlertStatus] {
        statuses.values.filter { if case .firing = $0.machine.state { true } else { false } }.sorted { $0.key < $1.key }
    }

    public var stuckRules: [AlertRule] { settings.rules.filter { $0.metric == .stuckWorkflows } }

    /// Ends what belongs to rules that are no more, or look at something else now. Once, after the start.
    public mutating func retire(at now: WallTime) -> AlertChanges {
        var changes = AlertChanges()
        let subjects = Dictionary(settings.rules.map { ($0.name, $0.subject) }) { $1 }
        for (name, reached) in progress where subjects[name] != reached.subject {
            for key in statuses.keys.filter({ $0.rule == name }).sorted() {
                end(key, .ruleRemoved, as: settings.rules.first { $0.name == name }, at: now, &changes)
                forget(key, &changes)
            }
            progress[name] = nil
            changes.removedRules.append(name)
        }
        return changes
    }

    /// Compares a closed window with every rule of its type, metrics that workers are asked for aside.
    public mutating func observe(
        _ window: Window,
        revision: Int,
        _ aggregate: WindowAggregate,
        at now: WallTime
    ) -> AlertChanges {
        var changes = AlertChanges()
        for rule in settings.rules where rule.window == window.type && rule.metric != .stuckWorkflows {
            let samples = aggregate.samples(of: rule.metric, by: rule.dimension)
            observe(samples, of: window, revision: revision, by: rule, at: now, &changes)
        }
        return changes
    }

    /// Compares a number of stuck workflows at the end of a window. Where all is well and stays so nothing is to be stored, as this goes on
    /// while no events come: a later evaluator may look at such windows again, with the same result.
    public mutating func observe(stuck: Int, of window: Window, by rule: AlertRule, at now: WallTime) -> AlertChanges {
        var changes = AlertChanges()
        let sample = MetricSample(group: nil, value: Double(stuck), weight: rule.weightMin)
        observe([sample], of: window, revision: 0, by: rule, at: now, &changes)
        if changes.transitions.isEmpty {
            switch statuses[AlertKey(rule: rule.name, group: nil)]?.machine.state {
            case nil, .ok, .resolved: return AlertChanges()
            case .pending, .firing: break
            }
        }
        return changes
    }

    private mutating func observe(
        _ samples: [MetricSample],
        of window: Window,
        revision: Int,
        by rule: AlertRule,
        at now: WallTime,
        _ changes: inout AlertChanges
    ) {
        let isNewest = progress[rule.name].map { window.start >= $0.newest } ?? true
        if isNewest {
            let reached = AlertProgress(rule: rule.name, subject: rule.subject, newest: window.start)
            if progress[rule.name] != reached { changes.progress.append(reached) }
            progress[rule.name] = reached
        }
        var silent = Set(statuses.keys.lazy.filter { $0.rule == rule.name })
        for sample in samples where sample.weight >= rule.weightMin {
            let key = AlertKey(rule: rule.name, group: sample.group)
            silent.remove(key)
            look(at: sample, key, of: window, revision: revision, isNewest, by: rule, at: now, &changes)
        }
        guard isNewest else { return }
        let end = layout.end(of: window)
        for key in silent.sorted() { hearNothing(of: key, until: end, by: rule, at: now, &changes) }
    }

    private mutating func look(
        at sample: MetricSample,
        _ key: AlertKey,
        of window: Window,
        revision: Int,
        _ isNewest: Bool,
        by rule: AlertRule,
        at now: WallTime,
        _ changes: inout AlertChanges
    ) {
        guard statuses[key] != nil || (isNewest && groups[rule.name, default: 0] < settings.limits.groupsMax) else {
            return
        }
        var status = statuses[key] ?? AlertStatus(key: key, window: window)
        var value = sample.value
        if let past = rule.past?.inMicroseconds {
            let baseline = status.baseline(before: window.start, past: past, weightMin: rule.weightMin)
            status.remember(sample, at: window.start, since: (progress[rule.name]?.newest ?? window.start), past: past)
            guard isNewest else { return keep(status, &changes) }
            status.baseline = baseline
            // Without a past, or with one of 0, there is no ratio.
            guard let baseline, baseline != 0 else {
                status.window = window
                return keep(status, &changes)
            }
            value = sample.value / baseline
        }
        guard isNewest else { return }
        status.window = window
        status.revision = revision
        status.value = sample.value
        status.weight = sample.weight
        let steps = status.machine.observe(
            rule.bound.reading(of: value),
            start: window.start,
            end: layout.end(of: window),
            holdFor: rule.holdFor.inMicroseconds
        )
        for step in steps { take(step, of: &status, by: rule, at: now, &changes) }
        keep(status, &changes)
    }

    /// A group of which the newest window says nothing.
    private mutating func hearNothing(
        of key: AlertKey,
        until end: EventTime,
        by rule: AlertRule,
        at now: WallTime,
        _ changes: inout AlertChanges
    ) {
        guard var status = statuses[key] else { return }
        let heard = layout.end(of: status.window)
        guard end.microseconds - heard.microseconds >= rule.silenceMax.inMicroseconds else { return }
        let known = status.past.count
        if let past = rule.past?.inMicroseconds {
            status.past.removeAll { $0.start.microseconds < end.microseconds - past }
        }
        if status.past.count < known { keep(status, &changes) }
        self.end(key, .silence, as: rule, at: now, &changes)
        // Its incidents have windows before the newest, which can't make it fire again: their numbers need not be remembered.
        if statuses[key]?.past.isEmpty ?? false { forget(key, &changes) }
    }

    private mutating func end(
        _ key: AlertKey,
        _ cause: AlertStateMachine.Cause,
        as rule: AlertRule?,
        at now: WallTime,
        _ changes: inout AlertChanges
    ) {
        guard var status = statuses[key], let step = status.machine.end(cause) else { return }
        take(step, of: &status, by: rule, at: now, &changes)
        keep(status, &changes)
    }

    private func take(
        _ step: AlertStateMachine.Transition,
        of status: inout AlertStatus,
        by rule: AlertRule?,
        at now: WallTime,
        _ changes: inout AlertChanges
    ) {
        status.since = status.window.start
        if case .pending(let since) = step.to { status.since = since }
        changes.transitions.append(
            AlertTransition(
                key: status.key,
                step: step,
                window: status.window,
                revision: status.revision,
                value: status.value,
                at: now
            )
        )
        let incident: AlertIncident
        let isFiring: Bool
        switch step.to {
        case .firing(let began): (incident, isFiring) = (began, true)
        case .resolved(let ended): (incident, isFiring) = (ended, false)
        case .ok, .pending: return
        }
        changes.notices.append(
            AlertNotice(
                isFiring: isFiring,
                incident: incident,
                cause: step.cause,
                status: status,
                rule: rule,
                windowEnd: layout.end(of: status.window)
            )
        )
    }

    private mutating func keep(_ status: AlertStatus, _ changes: inout AlertChanges) {
        if statuses[status.key] == nil { groups[status.key.rule, default: 0] += 1 }
        statuses[status.key] = status
        changes.statuses.append(status)
    }

    private mutating func forget(_ key: AlertKey, _ changes: inout AlertChanges) {
        guard statuses.removeValue(forKey: key) != nil else { return }
        groups[key.rule]! -= 1
        changes.statuses.removeAll { $0.key == key }
        changes.removed.append(key)
    }
}

/// What looking at windows changed: to be stored, whole, with them.
public struct AlertChanges: Sendable, Hashable {
    /// Inserted or replaced.
    public var progress: [AlertProgress] = []
    /// Inserted or replaced; of a key that is there several times the last counts.
    public var statuses: [AlertStatus] = []
    /// No longer watched; none of ``statuses``.
    public var removed: [AlertKey] = []
    public var removedRules: [String] = []
    public var transitions: [AlertTransition] = []
    /// To be announced; each becomes an intent.
    public var notices: [AlertNotice] = []

    public init() {}

    public var isEmpty: Bool {
        progress.isEmpty && statuses.isEmpty && removed.isEmpty && removedRules.isEmpty && transitions.isEmpty
    }

    /// Adds later changes, so that both are one. What both speak of is as the later ones say.
    public mutating func append(_ later: AlertChanges) {
        guard !later.isEmpty else { return }
        let statuses = Set(later.statuses.map(\.key)).union(later.removed)
        self.statuses.removeAll { statuses.contains($0.key) }
        removed.removeAll { statuses.contains($0) }
        let rules = Set(later.progress.map(\.rule)).union(later.removedRules)
        progress.removeAll { rules.contains($0.rule) }
        removedRules.removeAll { rules.contains($0) }
        self.statuses += later.statuses
        removed += later.removed
        progress += later.progress
        removedRules += later.removedRules
        transitions += later.transitions
        notices += later.notices
    }
}

extension AlertStatus {
    /// The weighted mean of the windows that began in `[start − past, start)`; nil when together they weigh less than a sample must.
    fileprivate func baseline(before start: EventTime, past span: Int64, weightMin: Int) -> Double? {
        var (sum, weight) = (0.0, 0)
        for sample in past
        where sample.start < start && sample.start.microseconds >= start.microseconds - span {
            sum += sample.value * Double(sample.weight)
            weight += sample.weight
        }
        return weight >= max(1, weightMin) ? sum / Double(weight) : nil
    }

    /// Puts a sample in its place in the past, and forgets what no later window than `newest` will be compared with. O(past).
    fileprivate mutating func remember(
        _ sample: MetricSample,
        at start: EventTime,
        since newest: EventTime,
        past span: Int64
    ) {
        past.removeAll { $0.start == start || $0.start.microseconds < newest.microseconds - span }
        guard start.microseconds >= newest.microseconds - span else { return }
        let position = past.firstIndex { $0.start > start } ?? past.endIndex
        past.insert(PastSample(start: start, value: sample.value, weight: sample.weight), at: position)
    }
}
