/// A moment of a run: nanoseconds since the schedule began, negative before it.
public struct RunTime: Sendable, Hashable, Comparable, BitwiseCopyable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public init(seconds: Double) { nanoseconds = Int64((seconds * 1e9).rounded()) }

    public static let zero = RunTime(nanoseconds: 0)

    public var seconds: Double { Double(nanoseconds) / 1e9 }
    public var microseconds: Int64 { nanoseconds / 1000 }

    public static func < (left: RunTime, right: RunTime) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func - (left: RunTime, right: RunTime) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}
