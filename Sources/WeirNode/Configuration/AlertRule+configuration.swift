import WeirCore

// `rules` of `alerts.yaml`: a list of rules, each a group of keys.
extension AlertRule {
    private static let keys = [
        "name", "severity", "window", "by", "metric", "below", "above", "clear", "past", "for", "min_count", "silence",
    ]

    private static let limit = 1e15
    private static let year = Duration.seconds(365 * 86_400)

    /// Takes the list in. Names differ.
    static func read(_ node: ConfigurationNode, into draft: inout ConfigurationDraft) -> [Setting.Finding] {
        guard case .list(let items) = node.content, items.count <= AlertLimits.rulesMax else {
            return [
                .notAllowed(
                    node,
                    "a list of up to \(AlertLimits.rulesMax) groups with the keys \(keys.joined(separator: ", "))"
                )
            ]
        }
        var rules: [AlertRule] = []
        var findings: [Setting.Finding] = []
        for (index, item) in items.enumerated() {
            var reader = Reader(item, suffix: "[\(index)]")
            let rule = reader.rule(layout: draft.configuration.contract.windows.layout)
            findings += reader.findings
            guard let rule else { continue }
            if rules.contains(where: { $0.name == rule.name }) {
                findings.append(
                    .init(
                        line: item.line,
                        suffix: "[\(index)].name",
                        message: "\(rule.name) is given twice; each rule must have a name of its own"
                    )
                )
            }
            rules.append(rule)
        }
        if findings.isEmpty { draft.configuration.contract.alerts.rules = rules }
        return findings
    }

    /// As YAML on one line.
    static func write(_ rules: [AlertRule]) -> String { "[" + rules.map(\.yaml).joined(separator: ", ") + "]" }

    private var yaml: String {
        let number = AllowedValues<Double>.number(-Self.limit...Self.limit)
        var pairs = [
            ("name", name), ("severity", severity.rawValue), ("window", window.name), ("metric", metric.rawValue),
        ]
        if let dimension { pairs.append(("by", dimension.name)) }
        pairs.append((bound.name, number.write(bound.threshold)))
        pairs.append(("clear", number.write(bound.clear)))
        if let past { pairs.append(("past", DurationText(past).description)) }
        pairs.append(("for", DurationText(holdFor).description))
        pairs.append(("min_count", String(weightMin)))
        pairs.append(("silence", DurationText(silenceMax).description))
        return "{" + pairs.map { "\($0.0): \($0.1)" }.joined(separator: ", ") + "}"
    }

    /// One rule in the making, and what is wrong with it.
    private struct Reader {
        let node: ConfigurationNode
        let suffix: String
        private var entries: [ConfigurationNode.Entry] = []
        var findings: [Setting.Finding] = []

        init(_ node: ConfigurationNode, suffix: String) {
            self.node = node
            self.suffix = suffix
            guard case .map(let entries) = node.content else {
                let keys = AlertRule.keys.joined(separator: ", ")
                findings.append(.notAllowed(node, "a group with the keys \(keys)", line: node.line, suffix: suffix))
                return
            }
            self.entries = entries
            for entry in entries where !AlertRule.keys.contains(entry.key) {
                let nearest = NearestName.nearest(to: entry.key, among: AlertRule.keys)
                let hint = nearest.map { "; did you mean \($0)?" } ?? ";"
                note(
                    entry,
                    "the key is not known\(hint) known here: \(AlertRule.keys.joined(separator: ", "))"
                )
            }
        }

        /// Nil when something is wrong, which is then in ``findings``.
        mutating func rule(layout: WindowLayout) -> AlertRule? {
            guard !entries.isEmpty else { return nil }
            let name = required("name", .ruleName)
            let window = required("window", .windowType)
            let dimension = given("by", .dimension)
            // Which metrics there are depends on it.
            guard dimension != nil || entry("by") == nil else { return nil }
            let metric = metric(by: dimension)
            let bound = bound()
            guard let name, let window, let metric, let bound else { return nil }
            var rule = AlertRule(name: name, window: window, metric: metric, dimension: dimension, bound: bound)
            rule.severity = given("severity", .name) ?? rule.severity
            rule.holdFor = given("for", .duration(.zero...AlertRule.year)) ?? rule.holdFor
            rule.weightMin = given("min_count", .integer(1...1_000_000_000)) ?? rule.weightMin
            rule.silenceMax = given("silence", .duration(.milliseconds(1)...AlertRule.year)) ?? rule.silenceMax
            rule.past = past(of: window, metric, layout)
            return findings.isEmpty ? rule : nil
        }

        private mutating func metric(by dimension: Dimension?) -> Metric? {
            var metrics = Metric.metrics(of: dimension)
            if dimension == nil { metrics.append(.stuckWorkflows) }
            guard let entry = entry("metric") else {
                missing("metric")
                return nil
            }
            if let metric = metrics.first(where: { $0.rawValue == entry.value.text }) { return metric }
            let names = metrics.map(\.rawValue)
            let what = dimension.map { "of a \($0.name)" } ?? "of a whole window"
            let nearest = entry.value.text.flatMap { NearestName.nearest(to: $0, among: names) }
            let hint = nearest.map { "; did you mean \($0)?" } ?? ""
            note(
                entry,
                "\(entry.value.summary) is not allowed\(hint); it must be a metric \(what): \(names.joined(separator: ", "))"
            )
            return nil
        }

        private mutating func bound() -> Bound? {
            let number = AllowedValues<Double>.number(-AlertRule.limit...AlertRule.limit)
            let found = (below: entry("below") != nil, above: entry("above") != nil)
            guard found.below != found.above else {
                findings.append(
                    .init(
                        line: node.line,
                        suffix: suffix,
                        message: found.below
                            ? "below and above are both given; one of them must be given, and another rule for the other"
                            : "a threshold is missing; below or above must be given"
                    )
                )
                return nil
            }
            let key = found.below ? "below" : "above"
            guard let threshold = required(key, number) else { return nil }
            let clear = given("clear", number) ?? threshold
            guard found.below ? clear >= threshold : clear <= threshold else {
                let relation = found.below ? "at least" : "at most"
                note(
                    entry("clear")!,
                    "\(number.write(clear)) is not allowed; it must be \(relation) \(key), which is \(number.write(threshold)): an alert would be over while it is still wrong"
                )
                return nil
            }
            return found.below ? .below(threshold, clear: clear) : .above(threshold, clear: clear)
        }

        private mutating func past(of window: WindowType, _ metric: Metric, _ layout: WindowLayout) -> Duration? {
            guard let entry = entry("past") else { return nil }
            guard metric != .stuckWorkflows else {
                note(entry, "it is not allowed with stuck_workflows, of which no past is kept; leave it out")
                return nil
            }
            let length = layout.length(of: window)
            let longest = min(length * Int64(AlertLimits.pastWindowsMax), AlertRule.year.inMicroseconds)
            return given("past", .duration(.microseconds(length) ... .microseconds(longest)))
        }

        private func entry(_ key: String) -> ConfigurationNode.Entry? { entries.first { $0.key == key } }

        private mutating func missing(_ key: String) {
            findings.append(
                .init(line: node.line, suffix: suffix, message: "the key \(key) is missing; it must be given")
            )
        }

        private mutating func required<Value>(_ key: String, _ allowed: AllowedValues<Value>) -> Value? {
            if entry(key) == nil { missing(key) }
            return given(key, allowed)
        }

        /// Nil also when what is given is not allowed, which is noted.
        private mutating func given<Value>(_ key: String, _ allowed: AllowedValues<Value>) -> Value? {
            guard let entry = entry(key) else { return nil }
            if let value = allowed.read(entry.value) { return value }
            note(entry, "\(entry.value.summary) is not allowed; it must be \(allowed.description)")
            return nil
        }

        private mutating func note(_ entry: ConfigurationNode.Entry, _ message: String) {
            findings.append(.init(line: entry.line, suffix: "\(suffix).\(entry.key)", message: message))
        }
    }
}

extension AllowedValues where Value == String {
    /// The name of a rule: part of ids and of metric labels.
    fileprivate static var ruleName: Self {
        let topic = topic
        return Self(
            description: "a name: 1 to 64 letters, digits, dots, hyphens or underscores",
            read: { node in topic.read(node).flatMap { $0.utf8.count <= 64 ? $0 : nil } },
            write: topic.write
        )
    }
}

extension AllowedValues where Value == WindowType {
    fileprivate static var windowType: Self {
        Self(
            description: "one of " + WindowType.allCases.map(\.name).joined(separator: ", "),
            read: { node in node.text.flatMap { WindowType(name: $0) } },
            write: { $0.name }
        )
    }
}

extension AllowedValues where Value == Dimension {
    fileprivate static var dimension: Self {
        Self(
            description: "one of " + Dimension.allCases.map(\.name).joined(separator: ", "),
            read: { node in node.text.flatMap { Dimension(name: $0) } },
            write: { $0.name }
        )
    }
}
