import Foundation

/// A loop of the per-event path, measured over a whole input.
struct HotLoop: Sendable {
    let name: String
    let what: String
    /// Runs once over the input; returns something that depends on all of the work, so that none of it is optimised away.
    let body: @Sendable (BenchInput) -> Int

    /// Nanoseconds of processor time for each event.
    struct Measured {
        var least: Double
        var median: Double
    }

    func measure(_ input: BenchInput, runs: Int) -> Measured {
        var times: [Double] = []
        var result = 0
        for _ in 0..<runs {
            let before = Self.threadTime
            result &+= body(input)
            times.append(Double(Self.threadTime - before) / Double(max(1, input.lines)))
        }
        withExtendedLifetime(result) {}
        times.sort()
        return Measured(least: times[0], median: times[times.count / 2])
    }

    /// Processor time of this thread in nanoseconds: other work on the machine does not count.
    private static var threadTime: Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
