import WeirCore
import WeirLoad
import WeirNode

/// The clock of a run: monotonic, with the wall clock's time of its begin.
struct RunClock: Sendable {
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    /// Event time of the begin.
    let origin: EventTime

    /// - Parameter delay: from now to the begin of the schedule.
    init(startingIn delay: Duration) {
        begin = clock.now + delay
        origin = WallTime.now.advanced(byMicroseconds: delay.inMicroseconds)
    }

    var now: RunTime {
        let (seconds, attoseconds) = (clock.now - begin).components
        return RunTime(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// Returns at once when the moment is past, or the task is cancelled.
    func sleep(until time: RunTime) async {
        guard time > now else { return }
        try? await clock.sleep(until: begin + .nanoseconds(time.nanoseconds), tolerance: .zero)
    }
}
