/// A threshold that closed windows are compared with.
public struct AlertRule: Sendable, Hashable {
    /// Which side of a threshold is wrong. Hysteresis: an alert that fires goes on until the value is at or beyond `clear`.
    public enum Bound: Sendable, Hashable {
        /// Wrong below a value; good again at `clear` or above, which is at least that value.
        case below(Double, clear: Double)
        /// Wrong above a value; good again at `clear` or below, which is at most that value.
        case above(Double, clear: Double)

        public var threshold: Double {
            switch self {
            case .below(let value, _), .above(let value, _): value
            }
        }

        public var clear: Double {
            switch self {
            case .below(_, let clear), .above(_, let clear): clear
            }
        }

        public var name: String {
            switch self {
            case .below: "below"
            case .above: "above"
            }
        }

        /// How a value stands to the threshold.
        public func reading(of value: Double) -> AlertStateMachine.Reading {
            switch self {
            case .below(let threshold, let clear): value < threshold ? .breach : (value >= clear ? .clear : .between)
            case .above(let threshold, let clear): value > threshold ? .breach : (value <= clear ? .clear : .between)
            }
        }
    }

    public enum Severity: String, CaseIterable, Sendable {
        case info
        case warning
        case critical
    }

    /// Names the rule in ids, so that a renamed rule is a new one.
    public var name: String
    public var severity = Severity.warning
    /// The windows that it looks at.
    public var window: WindowType
    public var metric: Metric
    /// Looks at each group of a dimension on its own; nil for the whole window.
    public var dimension: Dimension?
    public var bound: Bound
    /// Event time: compares with the metric's weighted mean over the windows that began within this time before, so that the
    /// threshold is a ratio (0.9: a tenth less than before). Nil: compares the value itself.
    public var past: Duration?
    /// Event time: how long the breach must have held, from the start of the first window that showed it to the end of the newest.
    public var holdFor = Duration.zero
    /// A sample of less weight says nothing; nor does a past of less.
    public var weightMin = 1
    /// Event time: an alert of which nothing was heard for so long is over.
    public var silenceMax = Duration.seconds(86_400)

    public init(name: String, window: WindowType, metric: Metric, dimension: Dimension? = nil, bound: Bound) {
        self.name = name
        self.window = window
        self.metric = metric
        self.dimension = dimension
        self.bound = bound
    }

    /// What the rule looks at, as text: state that was kept for another subject is not the rule's.
    public var subject: String {
        let past = past.map { "/\($0.inMilliseconds)" } ?? ""
        return "\(window.name)/\(metric.rawValue)/\(dimension?.name ?? "")\(past)"
    }
}

/// Alerts as the contract has them.
public struct AlertSettings: Sendable, Hashable {
    /// Where alerts go.
    public var topic = "dev.codegen.metrics_alert.v1"
    public var rules = AlertRule.standard
    public var limits = AlertLimits()

    public init() {}
}

/// Every bound of the evaluation of alerts, in one place.
public struct AlertLimits: Sendable, Hashable {
    /// Rules of a contract.
    public static let rulesMax = 100
    /// Windows within the past that a rule compares with.
    public static let pastWindowsMax = 1000
    /// Stuck workflows that a worker names; more count as so many.
    public static let stuckMax = 1000
    /// Groups of a rule whose state is kept; further groups are not watched until some are forgotten.
    public var groupsMax = 1000

    public init() {}
}

extension AlertRule {
    /// The rules of `config/alerts.yaml` as it is shipped.
    public static let standard: [AlertRule] = {
        var collapsed = AlertRule(
            name: "success_rate_collapsed",
            window: .streaming,
            metric: .successRate,
            bound: .below(0.5, clear: 0.7)
        )
        collapsed.severity = .critical
        collapsed.holdFor = .seconds(60)
        collapsed.weightMin = 10
        var success = AlertRule(
            name: "success_rate_low",
            window: .hourly,
            metric: .successRate,
            bound: .below(0.8, clear: 0.85)
        )
        success.weightMin = 50
        var quality = AlertRule(
            name: "quality_low",
            window: .hourly,
            metric: .averageQuality,
            bound: .below(0.6, clear: 0.65)
        )
        quality.weightMin = 50
        var model = AlertRule(
            name: "model_quality_fell",
            window: .hourly,
            metric: .averageQuality,
            dimension: .model,
            bound: .below(0.9, clear: 0.95)
        )
        model.past = .seconds(86_400)
        model.weightMin = 50
        var duration = AlertRule(
            name: "duration_p95_high",
            window: .hourly,
            metric: .p95Duration,
            bound: .above(600, clear: 480)
        )
        duration.weightMin = 50
        var cost = AlertRule(
            name: "cost_per_generation_high",
            window: .hourly,
            metric: .averageCost,
            bound: .above(1, clear: 0.8)
        )
        cost.weightMin = 50
        var stuck = AlertRule(
            name: "workflows_stuck",
            window: .streaming,
            metric: .stuckWorkflows,
            bound: .above(20, clear: 5)
        )
        stuck.holdFor = .seconds(60)
        return [collapsed, success, quality, model, duration, cost, stuck]
    }()
}
