/// Where the windows of every type begin and end. Half-open `[start, end)`, UTC.
public struct WindowLayout: Sendable, Hashable {
    /// Length of a streaming window, and so of a pane, in microseconds: a divisor of an hour, so that panes tile all longer
    /// windows.
    public let paneLength: Int64

    private static let hour: Int64 = 3_600_000_000
    private static let day: Int64 = 24 * hour
    /// 1970-01-05, the first Monday.
    private static let firstMonday: Int64 = 4 * day

    /// - Parameter paneMilliseconds: `window_size_ms`; nil unless it is 1 ms or more and divides an hour.
    public init?(paneMilliseconds: Int64) {
        guard paneMilliseconds > 0, Self.hour % (paneMilliseconds * 1000) == 0 else { return nil }
        paneLength = paneMilliseconds * 1000
    }

    /// Panes of 5 s.
    public static let standard = WindowLayout(paneMilliseconds: 5000)!

    /// Length of a window in microseconds.
    @inline(__always)
    public func length(of type: WindowType) -> Int64 {
        switch type {
        case .streaming: paneLength
        case .hourly: Self.hour
        case .daily: Self.day
        case .weekly: 7 * Self.day
        case .monthly: 30 * Self.day
        }
    }

    /// The window of a type that holds a moment.
    @inline(__always)
    public func window(_ type: WindowType, holding time: EventTime) -> Window {
        let length = length(of: type)
        let origin = type == .weekly ? Self.firstMonday : 0
        var offset = (time.microseconds &- origin) % length
        if offset < 0 { offset &+= length }
        return Window(type: type, start: EventTime(microseconds: time.microseconds &- offset))
    }

    /// The pane that holds a moment: its start.
    @inline(__always)
    public func pane(holding time: EventTime) -> EventTime { window(.streaming, holding: time).start }

    /// The first moment after a window.
    public func end(of window: Window) -> EventTime {
        window.start.advanced(byMicroseconds: length(of: window.type))
    }
}

/// A window: its type and its start.
public struct Window: Sendable, Hashable, Comparable {
    public var type: WindowType
    public var start: EventTime

    public init(type: WindowType, start: EventTime) {
        self.type = type
        self.start = start
    }

    /// By type in SPEC's order, then start.
    public static func < (left: Window, right: Window) -> Bool {
        left.type != right.type ? left.type < right.type : left.start < right.start
    }
}
