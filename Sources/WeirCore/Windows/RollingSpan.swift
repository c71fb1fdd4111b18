/// How far back a rolling window goes from its moment (SPEC 2).
public enum RollingSpan: UInt8, CaseIterable, Sendable, Hashable {
    case hour = 0
    case day = 1
    case week = 2
    /// 30 days.
    case month = 3

    public var name: String {
        switch self {
        case .hour: "hour"
        case .day: "day"
        case .week: "week"
        case .month: "month"
        }
    }

    public init?(name: some StringProtocol) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// The type of aligned windows of the same length.
    public var windowType: WindowType {
        switch self {
        case .hour: .hourly
        case .day: .daily
        case .week: .weekly
        case .month: .monthly
        }
    }

    /// The span of a type's length; nil for panes.
    public init?(_ type: WindowType) {
        guard let found = Self.allCases.first(where: { $0.windowType == type }) else { return nil }
        self = found
    }
}
