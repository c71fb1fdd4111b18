import WeirCore
import WeirWire

/// The watermark of the cluster (SPEC 2): the minimum over the live sources of the newest event time that each has seen and that is
/// committed. Idle sources do not hold it back; when all are idle it moves on from where it stood at the pace of the wall clock.
/// It never moves back.
struct WatermarkTracker: Sendable {
    private(set) var watermark: EventTime?
    /// Wall clock and watermark when the last source went idle.
    private var idleSince: (wall: WallTime, watermark: EventTime)?

    init(watermark: EventTime?) {
        self.watermark = watermark
    }

    /// What is known of a live source.
    enum Source: Sendable {
        /// Not every worker has said how far it is with this source.
        case unknown
        case active(newest: EventTime)
        case idle(newest: EventTime?)
    }

    /// Takes in the present state of all live sources. Returns whether the watermark moved.
    mutating func update(_ sources: [Source], at now: WallTime) -> Bool {
        let before = watermark
        var active: EventTime?
        var idleNewest: EventTime?
        for source in sources {
            switch source {
            case .unknown:
                idleSince = nil
                return false
            case .active(let newest):
                active = min(active ?? newest, newest)
            case .idle(let newest):
                if let newest { idleNewest = min(idleNewest ?? newest, newest) }
            }
        }
        if let active {
            idleSince = nil
            raise(to: active)
        } else {
            // The first time that all are idle; and a stream that was never active while anyone looked.
            if let idleNewest { raise(to: idleNewest) }
            if let since = idleSince {
                raise(to: since.watermark.advanced(byMicroseconds: max(0, now.microseconds - since.wall.microseconds)))
            } else if let watermark {
                idleSince = (now, watermark)
            }
        }
        return watermark != before
    }

    private mutating func raise(to time: EventTime) {
        watermark = max(watermark ?? time, time)
    }
}
