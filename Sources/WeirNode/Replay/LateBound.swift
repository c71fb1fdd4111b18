import WeirCore

/// How far back a cluster takes events: one that is older goes to quarantine as `too_late`, or is a duplicate when its id is still known.
public struct LateBound: Sendable, Hashable {
    public var watermark: EventTime
    public var lateness: Duration

    /// The earliest event that is in time.
    public var earliest: EventTime { watermark.advanced(byMicroseconds: -lateness.inMicroseconds) }

    public init(watermark: EventTime, lateness: Duration) {
        self.watermark = watermark
        self.lateness = lateness
    }

    /// Nil for a cluster that takes events of any age, or that has had none yet.
    init?(_ status: ClusterStatus) {
        guard let watermark = status.watermark.flatMap({ EventTime($0) }), let lateness = status.maxLatenessMs else {
            return nil
        }
        self.init(watermark: watermark, lateness: .milliseconds(lateness))
    }
}
