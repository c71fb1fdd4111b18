import WeirCore

/// When each streaming window can close at the earliest: the schedule's time of the first event that takes the watermark past the
/// window's end plus the tolerance.
public struct WindowClock: Sendable {
    private let length: Int64
    private let tolerance: Int64
    /// The next moment of event time at which a window may close.
    private var next: EventTime
    /// By start of the window.
    public private(set) var passed: [EventTime: RunTime] = [:]

    /// - Parameter origin: event time of the schedule's begin.
    public init(layout: WindowLayout, tolerance: Duration, origin: EventTime) {
        length = layout.paneLength
        self.tolerance = tolerance.inMicroseconds
        // A window that ended before the begin is closed by whoever sent its events; what comes late for it is a revision.
        next = layout.pane(holding: origin).advanced(byMicroseconds: length + self.tolerance)
    }

    /// Takes in an event that counts. Events come in the order of their schedule.
    @inline(__always)
    public mutating func observe(_ time: EventTime, scheduled: RunTime) {
        if time >= next { pass(time, scheduled) }
    }

    private mutating func pass(_ time: EventTime, _ scheduled: RunTime) {
        while time >= next {
            passed[next.advanced(byMicroseconds: -length - tolerance)] = scheduled
            next = next.advanced(byMicroseconds: length)
        }
    }

    /// The earlier of both, window by window.
    public mutating func merge(_ other: WindowClock) {
        passed.merge(other.passed) { min($0, $1) }
    }
}
