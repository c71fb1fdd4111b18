/// How far an operator's right goes; each includes those before it.
public enum AccessLevel: UInt8, Sendable, Hashable, Comparable, CaseIterable {
    /// Reads.
    case view = 1
    /// Also what changes how the cluster works, and loses nothing that was counted: drain, flush, retry, replay, what is in quarantine.
    case operate = 2
    /// Also what can lose data: forget.
    case administer = 3

    public static func < (left: AccessLevel, right: AccessLevel) -> Bool { left.rawValue < right.rawValue }
}
