/// The event times that a rolling window covers: `[start, end)`.
///
/// Stored is whole panes, and of old times whole hours or days alone, so a moment within a pane can't be an edge. **Both edges are
/// rounded down** to the finest boundary that is still stored where they lie: the window never holds an event at or after the moment
/// that was asked for, and while panes are there on both sides its length is exactly that of its span.
public struct RollingRange: Sendable, Hashable {
    public var span: RollingSpan
    /// As asked for.
    public var moment: EventTime
    public var start: EventTime
    public var end: EventTime
    /// What the edges were rounded to: panes (`streaming`), hours or days.
    public var startPrecision: WindowType
    public var endPrecision: WindowType

    /// - Parameter isCompacted: whether parts of a window (an hour's panes, a day's hours) are no longer stored on their own.
    public init<Failure>(
        _ span: RollingSpan,
        at moment: EventTime,
        layout: WindowLayout,
        isCompacted: (Window) throws(Failure) -> Bool
    ) throws(Failure) {
        self.span = span
        self.moment = moment
        (end, endPrecision) = try Self.edge(moment, layout, isCompacted)
        let start = layout.pane(holding: moment).advanced(byMicroseconds: -layout.length(of: span.windowType))
        (self.start, startPrecision) = try Self.edge(start, layout, isCompacted)
    }

    private static func edge<Failure>(
        _ time: EventTime,
        _ layout: WindowLayout,
        _ isCompacted: (Window) throws(Failure) -> Bool
    ) throws(Failure) -> (EventTime, WindowType) {
        var edge = layout.pane(holding: time)
        var precision = WindowType.streaming
        for type in [WindowType.hourly, .daily] {
            let window = layout.window(type, holding: edge)
            if edge != window.start, try isCompacted(window) { (edge, precision) = (window.start, type) }
        }
        return (edge, precision)
    }

    /// The windows that tile the range: days where they fit, then hours, then runs of panes. At most 30 days, 46 hours and 2 runs, each
    /// of less than an hour of panes.
    public func pieces(_ layout: WindowLayout) -> [Piece] {
        var pieces: [Piece] = []
        var time = start
        while time < end {
            let type =
                [WindowType.daily, .hourly].first { type in
                    let window = layout.window(type, holding: time)
                    return window.start == time && layout.end(of: window) <= end
                } ?? .streaming
            let next: EventTime
            if type == .streaming {
                next = min(end, layout.end(of: layout.window(.hourly, holding: time)))
            } else {
                next = layout.end(of: Window(type: type, start: time))
            }
            pieces.append(Piece(type: type, start: time, end: next))
            time = next
        }
        return pieces
    }

    /// One day, one hour, or a run of panes.
    public struct Piece: Sendable, Hashable {
        public var type: WindowType
        public var start: EventTime
        public var end: EventTime
    }
}

/// A rolling window and what is in it.
public struct RollingWindow: Sendable {
    public var range: RollingRange
    public var aggregate: WindowAggregate
    /// Of the cluster when it was read; nil while it has none.
    public var watermark: EventTime?

    public init(range: RollingRange, aggregate: WindowAggregate, watermark: EventTime?) {
        self.range = range
        self.aggregate = aggregate
        self.watermark = watermark
    }

    /// Whether the watermark has passed the window's end and the tolerance for stragglers: only late events may still change it.
    public func isClosed(_ windows: WindowSettings) -> Bool {
        watermark.map { $0 >= range.end.advanced(byMicroseconds: windows.lateArrivalTolerance.inMicroseconds) } ?? false
    }

    /// The record, with the range that it covers and how its edges were rounded.
    public func json(_ windows: WindowSettings) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("mode", "rolling")
            json.member("window_type", range.span.windowType.name)
            json.member("aggregation_type", range.span.windowType.name)
            json.member("at", range.moment.description)
            json.member("window_start", range.start.description)
            json.member("window_end", range.end.description)
            json.member("start_rounded_to", range.startPrecision.name)
            json.member("end_rounded_to", range.endPrecision.name)
            json.member("closed", isClosed(windows))
            json.member("watermark", watermark?.description)
            aggregate.writeFigures(into: &json)
        }
        return json.bytes
    }
}
