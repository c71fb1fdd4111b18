import WeirCore

/// The wall clock of one life of a process: wrong by some offset, and at a pace of its own. It never goes back within the life, as the
/// shells' clock does not; a restart may make it jump.
struct ProcessClock {
    private let startedAt: Int64
    private let start: WallTime
    private let rate: Double

    /// Wall clock at virtual time 0 of a process whose clock is right.
    static let epoch = WallTime(microseconds: 1_793_664_000_000_000)

    /// - Parameters:
    ///   - now: virtual time, in microseconds.
    ///   - offset: by how much it is wrong, in microseconds.
    ///   - rate: its seconds in a second.
    init(at now: Int64, offset: Int64, rate: Double) {
        startedAt = now
        start = Self.epoch.advanced(byMicroseconds: now + offset)
        self.rate = rate
    }

    func reading(at now: Int64) -> WallTime {
        start.advanced(byMicroseconds: Int64(Double(now - startedAt) * rate))
    }
}
