/// How the rate goes over a run, in events a second.
public enum RateProfile: Sendable, Equatable {
    case constant(Double)
    /// Evenly from one rate to the other.
    case ramp(from: Double, to: Double)
    /// A staircase with steps of equal length and height, both ends included.
    case step(from: Double, to: Double, steps: Int)
    /// A base rate, and every so often a peak at the end of the interval. Seconds.
    case burst(base: Double, peak: Double, every: Double, length: Double)

    /// The profile in parts of constant or evenly changing rate.
    ///
    /// - Parameter seconds: length of the run.
    func segments(seconds: Double) -> [LoadSchedule.Segment] {
        switch self {
        case .constant(let rate):
            return [LoadSchedule.Segment(seconds: seconds, from: rate, to: rate)]
        case .ramp(let from, let to):
            return [LoadSchedule.Segment(seconds: seconds, from: from, to: to)]
        case .step(let from, let to, let steps):
            return (0..<steps).map { step in
                let rate = steps == 1 ? to : from + (to - from) * Double(step) / Double(steps - 1)
                return LoadSchedule.Segment(seconds: seconds / Double(steps), from: rate, to: rate)
            }
        case .burst(let base, let peak, let every, let length):
            var segments: [LoadSchedule.Segment] = []
            var left = seconds
            while left > 0 {
                let calm = min(left, every - length)
                if calm > 0 { segments.append(LoadSchedule.Segment(seconds: calm, from: base, to: base)) }
                let loud = min(left - calm, length)
                if loud > 0 { segments.append(LoadSchedule.Segment(seconds: loud, from: peak, to: peak)) }
                left -= every
            }
            return segments
        }
    }

    public var description: String {
        switch self {
        case .constant(let rate): "constant, \(Self.shown(rate)) events/s"
        case .ramp(let from, let to): "ramp, \(Self.shown(from)) to \(Self.shown(to)) events/s"
        case .step(let from, let to, let steps):
            "step, \(Self.shown(from)) to \(Self.shown(to)) events/s in \(steps) steps"
        case .burst(let base, let peak, let every, let length):
            "burst, \(Self.shown(base)) events/s with \(Self.shown(peak)) for \(length) s every \(every) s"
        }
    }

    private static func shown(_ rate: Double) -> String {
        rate == rate.rounded() && rate < 1e15 ? "\(Int(rate))" : "\(rate)"
    }
}
