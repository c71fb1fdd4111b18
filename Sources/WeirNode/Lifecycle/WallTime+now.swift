import Foundation
import WeirCore

extension WallTime {
    /// The wall clock, now: as it stood when the process first asked, and from there on at the pace of a clock that nobody sets. So a
    /// step of the system's clock neither stalls timers nor throws the watermark of a quiet stream forward.
    public static var now: WallTime {
        WallTime(microseconds: start.wall + (microseconds(of: CLOCK_BOOTTIME) - start.boot))
    }

    private static let start = (wall: microseconds(of: CLOCK_REALTIME), boot: microseconds(of: CLOCK_BOOTTIME))

    private static func microseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
