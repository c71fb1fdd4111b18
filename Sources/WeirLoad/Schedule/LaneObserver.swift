import WeirCore

/// What is noted of a lane's lines as they are written.
public struct LaneObserver: Sendable {
    public private(set) var tally: LoadTally
    public private(set) var windows: WindowClock

    public init(contract: Contract, origin: EventTime) {
        tally = LoadTally(layout: contract.windows.layout)
        windows = WindowClock(
            layout: contract.windows.layout,
            tolerance: contract.windows.lateArrivalTolerance,
            origin: origin
        )
    }

    @inline(__always)
    mutating func observe(_ line: GeneratedLine, scheduled: RunTime) {
        tally.add(line)
        if case .event = line.outcome { windows.observe(line.time, scheduled: scheduled) }
    }

    public mutating func merge(_ other: LaneObserver) {
        tally.merge(other.tally)
        windows.merge(other.windows)
    }
}
