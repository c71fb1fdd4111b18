/// The five lengths of windows (SPEC 2). Raw values are the wire's; their order is that of records in output.
public enum WindowType: UInt8, CaseIterable, Sendable, Hashable, Comparable {
    /// `window_size_ms`, 5 s by default.
    case streaming = 0
    case hourly = 1
    case daily = 2
    case weekly = 3
    /// 30 days.
    case monthly = 4

    public var name: String {
        switch self {
        case .streaming: "streaming"
        case .hourly: "hourly"
        case .daily: "daily"
        case .weekly: "weekly"
        case .monthly: "monthly"
        }
    }

    public init?(name: some StringProtocol) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    public static func < (left: WindowType, right: WindowType) -> Bool { left.rawValue < right.rawValue }
}
