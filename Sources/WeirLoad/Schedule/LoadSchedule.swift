/// When each event of a run is due: a function of its number, made before the run and never moved by what the system does.
public struct LoadSchedule: Sendable, Equatable {
    /// A part in which the rate is constant or changes evenly.
    public struct Segment: Sendable, Equatable {
        public var seconds: Double
        /// Events a second at its begin and end.
        public var from: Double
        public var to: Double

        var events: Double { (from + to) / 2 * seconds }
    }

    private let segments: [Segment]
    /// Seconds and events before each segment.
    private let starts: [(seconds: Double, events: Double)]
    /// Events in all.
    public let events: Int
    public let seconds: Double

    /// - Parameters:
    ///   - seconds: length of the run, above 0.
    ///   - events: ends the run earlier, when given.
    public init(_ profile: RateProfile, seconds: Double, events limit: Int? = nil) {
        segments = profile.segments(seconds: seconds).filter { $0.seconds > 0 && $0.events > 0 }
        var starts: [(seconds: Double, events: Double)] = []
        var sum = (seconds: 0.0, events: 0.0)
        for segment in segments {
            starts.append(sum)
            sum.seconds += segment.seconds
            sum.events += segment.events
        }
        self.starts = starts
        let scheduled = Int(sum.events.rounded())
        events = min(scheduled, limit ?? scheduled)
        self.seconds = seconds
    }

    /// When an event is due. O(1) for the profiles of one segment, else O(log segments).
    ///
    /// - Parameter event: its number, from 0.
    public func time(of event: Int) -> RunTime {
        let place = segment { $0.events <= Double(event) }
        guard place >= 0 else { return .zero }
        let segment = segments[place]
        let rest = Double(event) - starts[place].events
        return RunTime(seconds: starts[place].seconds + Self.seconds(forEvents: rest, in: segment))
    }

    /// How many events are due before a moment.
    public func events(before time: RunTime) -> Int {
        let seconds = min(time.seconds, self.seconds)
        let place = segment { $0.seconds < seconds }
        guard place >= 0, seconds > 0 else { return 0 }
        let segment = segments[place]
        let inside = min(segment.seconds, seconds - starts[place].seconds)
        let slope = (segment.to - segment.from) / segment.seconds
        let count = starts[place].events + segment.from * inside + slope * inside * inside / 2
        return min(events, Int(count.rounded(.up)))
    }

    /// The last segment that starts early enough; −1 for none.
    private func segment(_ isEarlyEnough: ((seconds: Double, events: Double)) -> Bool) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if isEarlyEnough(starts[middle]) { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    /// The root of `from·x + slope·x²/2 = events`, in the form that loses no digits for a small slope.
    private static func seconds(forEvents events: Double, in segment: Segment) -> Double {
        let slope = (segment.to - segment.from) / segment.seconds
        let rate = segment.from + max(0, segment.from * segment.from + 2 * slope * events).squareRoot()
        return rate > 0 ? min(segment.seconds, 2 * events / rate) : 0
    }

    public static func == (left: LoadSchedule, right: LoadSchedule) -> Bool {
        left.segments == right.segments && left.events == right.events && left.seconds == right.seconds
    }
}
