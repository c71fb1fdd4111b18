/// The ids of events seen within the dedup horizon, as 64-bit fingerprints with their event time in slices of the horizon.
///
/// An event's identity is its `event_id` within its `workflow_id`. The upper 8 bits of a fingerprint choose one of 256 partitions,
/// which keep the other 56 in 8 bytes a slot (``FingerprintPartition``): between 10 and 13 bytes an event within the horizon, and room
/// is made a partition at a time, so that no event waits for all. Two different events of n in the table have the same fingerprint with
/// probability n/2⁶⁴ for each event added: 10⁻¹² at 18 million.
///
/// Event times are remembered in slices of 1/64 of the horizon: an event is forgotten with the last one of its slice, so at the earliest
/// when it has passed the horizon, and at the latest 1/64 of the horizon later. Slices begin at the same moments everywhere, so what is
/// forgotten depends on the event and the horizon alone.
///
/// Hot: once an event. Beyond the cache it costs a miss, which ``load(_:)`` a few events ahead hides in part.
public struct FingerprintTable: Sendable {
    private var partitions = [FingerprintPartition](repeating: FingerprintPartition(), count: 256)
    /// Length of a slice in microseconds; `Int64.max` when nothing is ever forgotten, so that there is one slice.
    private let sliceLength: Int64
    /// The slice of the event before, which is most often that of the next, and its bounds.
    private var slice: Int64 = 0
    private var sliceStart: Int64 = 0
    private var sliceEnd: Int64 = 0
    /// Entries of earlier slices are forgotten.
    private var horizon = Int64.min
    /// Takes what ``load(_:)`` read, so that the reads are made.
    private var sink: UInt64 = 0

    /// Parts of the horizon that are told apart.
    static let slicesPerHorizon: Int64 = 64

    /// - Parameter horizon: how long ids are remembered.
    public init(horizon: Horizon = .unlimited) {
        sliceLength = horizon.microseconds.map { max(1, $0 / Self.slicesPerHorizon) } ?? .max
    }

    /// The fingerprint of an event.
    @inlinable @inline(__always)
    public static func fingerprint(event: UUID128, workflowHash: UInt64) -> UInt64 {
        XXHash64.hash(event.high ^ workflowHash, event.low)
    }

    /// Remembers an event. Returns whether it is new. O(1) amortised.
    @inline(__always)
    public mutating func insert(_ fingerprint: UInt64, at time: EventTime) -> Bool {
        if time.microseconds < sliceStart || time.microseconds >= sliceEnd { enterSlice(of: time) }
        let partition = Int(truncatingIfNeeded: fingerprint &>> 56)
        return partitions[partition].insert(Self.key(fingerprint), slice: slice, horizon: horizon)
    }

    /// Whether an event is remembered.
    public func contains(_ fingerprint: UInt64) -> Bool {
        partitions[Int(truncatingIfNeeded: fingerprint &>> 56)].contains(Self.key(fingerprint), horizon: horizon)
    }

    /// Reads the places of some fingerprints, so that they are in the cache when the fingerprints are inserted: the processor waits for
    /// memory once for all of them, instead of once for each.
    @inline(__always)
    public mutating func load(_ fingerprints: UnsafeBufferPointer<UInt64>) {
        var read: UInt64 = 0
        partitions.withUnsafeBufferPointer { partitions in
            for fingerprint in fingerprints {
                read ^= partitions[Int(truncatingIfNeeded: fingerprint &>> 56)].read(Self.key(fingerprint))
            }
        }
        sink &+= read
    }

    /// Forgets events before a moment; their room is given back when it is needed.
    public mutating func forget(before time: EventTime) {
        horizon = max(horizon, sliceNumber(of: time))
    }

    /// Entries held, forgotten ones included that still have their room.
    public var count: Int { partitions.reduce(0) { $0 + $1.count } }

    /// Bytes held.
    public var byteCount: Int { partitions.reduce(0) { $0 + $1.byteCount } }

    /// The lower 56 bits, shifted up to make room for a time; never 0, which marks an empty slot.
    @inline(__always)
    private static func key(_ fingerprint: UInt64) -> UInt64 {
        let key = fingerprint &<< 8
        return key == 0 ? 0x100 : key
    }

    private func sliceNumber(of time: EventTime) -> Int64 {
        // Rounded down, also before 1970.
        let (quotient, rest) = time.microseconds.quotientAndRemainder(dividingBy: sliceLength)
        return rest < 0 ? quotient - 1 : quotient
    }

    private mutating func enterSlice(of time: EventTime) {
        slice = sliceNumber(of: time)
        sliceStart = slice.multipliedReportingOverflow(by: sliceLength).partialValue
        let (end, overflow) = sliceStart.addingReportingOverflow(sliceLength)
        sliceEnd = overflow ? .max : end
    }
}
