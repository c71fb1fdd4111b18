import WeirCore

/// The name of a node: of a role in a process. Stable over restarts; 1…64 characters of `A–Z a–z 0–9 . _ -`.
public struct NodeName: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let text: String

    public init?(_ text: String) {
        let allowed = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || [0x2D, 0x2E, 0x5F].contains($0)
        }
        guard allowed, (1...64).contains(text.utf8.count) else { return nil }
        self.text = text
    }

    public var description: String { text }

    public static func < (left: NodeName, right: NodeName) -> Bool { left.text < right.text }
}

/// One life of a node: a restarted process has a larger one, so that its predecessor's messages can be told apart.
public struct Incarnation: Hashable, Sendable, Comparable {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (left: Incarnation, right: Incarnation) -> Bool { left.value < right.value }
}

/// The unit of placement: `hash(workflow_id) mod shards`.
public struct ShardID: Hashable, Sendable, Comparable {
    public let value: Int
    public init(_ value: Int) { self.value = value }
    public static func < (left: ShardID, right: ShardID) -> Bool { left.value < right.value }

    /// The shard of a workflow whose ``UUID128/hash64`` is `hash`.
    @inlinable
    public static func of(workflowHash hash: UInt64, shards: Int) -> ShardID {
        // The upper half of the product, so that all bits of the hash take part (D. Lemire, "A fast alternative to the modulo
        // reduction", 2016).
        ShardID(Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(shards)).high))
    }
}

/// The version of the cluster's membership and shard map; only grows. 0 is before the first.
public struct Epoch: Hashable, Sendable, Comparable {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static let none = Epoch(0)
    public var next: Epoch { Epoch(value + 1) }
    public static func < (left: Epoch, right: Epoch) -> Bool { left.value < right.value }
}

/// The position of a frame in the journal of an ingest; 1, 2, … and 0 for before the first.
public struct FrameSequence: Hashable, Sendable, Comparable {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static let none = FrameSequence(0)
    public var next: FrameSequence { FrameSequence(value + 1) }
    public static func < (left: FrameSequence, right: FrameSequence) -> Bool { left.value < right.value }
}

/// Counts the commits of a worker within an epoch; 1, 2, … and 0 for before the first.
public struct CommitNumber: Hashable, Sendable, Comparable {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static let none = CommitNumber(0)
    public var next: CommitNumber { CommitNumber(value + 1) }
    public static func < (left: CommitNumber, right: CommitNumber) -> Bool { left.value < right.value }
}
