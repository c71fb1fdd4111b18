/// The ids of events seen within the dedup horizon, as 64-bit fingerprints with their event time in seconds.
///
/// An event's identity is its `event_id` within its `workflow_id`. Open addressing with linear probing, at most three quarters
/// full; 12 bytes a slot, so 16 to 32 bytes an event. What is older than the horizon leaves when the table would grow. Two
/// different events of n in the table have the same fingerprint with probability n/2⁶⁴ for each event added: 10⁻¹² at 18 million.
public struct FingerprintTable: Sendable {
    private var fingerprints: [UInt64] = []
    private var seconds: [Int32] = []
    public private(set) var count = 0
    /// Fingerprints with an earlier event time may be forgotten.
    private var horizon = Int32.min

    public init() {}

    /// The fingerprint of an event, never 0.
    @inlinable @inline(__always)
    public static func fingerprint(event: UUID128, workflowHash: UInt64) -> UInt64 {
        let hash = XXHash64.hash(event.high ^ workflowHash, event.low)
        return hash == 0 ? 1 : hash
    }

    /// Remembers an event. Returns whether it is new. O(1) amortised.
    @inline(__always)
    public mutating func insert(_ fingerprint: UInt64, at time: EventTime) -> Bool {
        if count &* 4 >= fingerprints.count &* 3 { makeRoom() }
        let mask = fingerprints.count &- 1
        var slot = Int(truncatingIfNeeded: fingerprint) & mask
        while true {
            let found = fingerprints[slot]
            if found == fingerprint {
                // What is older than the horizon counts as forgotten, whether or not room has been made.
                guard seconds[slot] < horizon else { return false }
                seconds[slot] = Self.seconds(time)
                return true
            }
            if found == 0 {
                fingerprints[slot] = fingerprint
                seconds[slot] = Self.seconds(time)
                count &+= 1
                return true
            }
            slot = (slot &+ 1) & mask
        }
    }

    /// Whether an event is remembered.
    public func contains(_ fingerprint: UInt64) -> Bool {
        guard !fingerprints.isEmpty else { return false }
        let mask = fingerprints.count &- 1
        var slot = Int(truncatingIfNeeded: fingerprint) & mask
        while fingerprints[slot] != 0 {
            if fingerprints[slot] == fingerprint { return seconds[slot] >= horizon }
            slot = (slot &+ 1) & mask
        }
        return false
    }

    /// Forgets events before a moment; their room is given back when it is needed.
    public mutating func forget(before time: EventTime) {
        horizon = max(horizon, Self.seconds(time))
    }

    /// Bytes held.
    public var byteCount: Int { fingerprints.count * 12 }

    private mutating func makeRoom() {
        let live = horizon == .min ? count : seconds.indices.count { fingerprints[$0] != 0 && seconds[$0] >= horizon }
        var size = max(1024, fingerprints.count)
        while live * 2 > size { size *= 2 }
        let oldFingerprints = fingerprints
        let oldSeconds = seconds
        fingerprints = [UInt64](repeating: 0, count: size)
        seconds = [Int32](repeating: 0, count: size)
        count = 0
        let mask = size &- 1
        for old in oldFingerprints.indices where oldFingerprints[old] != 0 && oldSeconds[old] >= horizon {
            var slot = Int(truncatingIfNeeded: oldFingerprints[old]) & mask
            while fingerprints[slot] != 0 { slot = (slot &+ 1) & mask }
            fingerprints[slot] = oldFingerprints[old]
            seconds[slot] = oldSeconds[old]
            count &+= 1
        }
    }

    /// Seconds since 1970, rounded down, saturating at the ends of `Int32` (1901 to 2038: saturated times stay in order with
    /// the horizon, which saturates as well).
    private static func seconds(_ time: EventTime) -> Int32 {
        Int32(
            clamping: time.microseconds >= 0 ? time.microseconds / 1_000_000 : (time.microseconds - 999_999) / 1_000_000
        )
    }
}
