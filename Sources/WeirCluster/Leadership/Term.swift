/// The time in which one coordinator leads, without a break. It only grows, and the store takes transactions of the latest alone.
public struct Term: Sendable, Hashable, Comparable {
    public let value: Int64

    public init(_ value: Int64) { self.value = value }

    public static func < (left: Term, right: Term) -> Bool { left.value < right.value }
}
