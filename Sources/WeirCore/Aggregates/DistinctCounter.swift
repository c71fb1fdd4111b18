/// The number of distinct ids: exact up to a limit, a ``HyperLogLog`` above it. Which of the two depends on the set alone.
public struct DistinctCounter: Sendable, Equatable {
    /// The ids while there are at most `limit`; empty once ``sketch`` is there.
    var ids = IDSet()
    /// Holds everything once there were more than `limit` ids. Two fields rather than an enum, so that the hot path mutates in
    /// place.
    var sketch: HyperLogLog?
    /// Most ids that are kept exactly.
    public let limit: Int

    public init(limit: Int) {
        self.limit = limit
    }

    /// Adds an id whose ``UUID128/hash64`` is `hash`. O(1) amortised.
    @inline(__always)
    public mutating func add(_ id: UUID128, hash: UInt64) {
        if sketch != nil {
            sketch!.add(hash: hash)
        } else if ids.insert(id, hash: hash), ids.count > limit {
            convert()
        }
    }

    /// Adds the ids at some positions, as ``add(_:hash:)`` does one. O(1) amortised for each.
    mutating func add(_ more: Span<UUID128>, hashes: Span<UInt64>, at positions: Span<Int32>) {
        var next = 0
        while sketch == nil, next < positions.count {
            let position = Int(positions[next])
            add(more[position], hash: hashes[position])
            next &+= 1
        }
        if next < positions.count { sketch!.add(hashes, at: positions.extracting(next..<positions.count)) }
    }

    /// Makes this the counter of the union; both must have the same limit. O(ids or registers).
    public mutating func merge(_ other: DistinctCounter) {
        precondition(limit == other.limit, "distinct counters with different limits can't be merged")
        if let more = other.sketch {
            if sketch == nil { convert() }
            sketch!.merge(more)
        } else if ids.count == 0, sketch == nil {
            ids = other.ids
        } else {
            ids.reserve(min(limit, ids.count + other.ids.count))
            other.ids.forEach { add($0, hash: $0.hash64) }
        }
    }

    /// The number of distinct ids, exact or estimated.
    public var count: Int { sketch?.estimate ?? ids.count }

    /// Whether ``count`` is an estimate.
    public var isSketched: Bool { sketch != nil }

    private mutating func convert() {
        var registers = HyperLogLog()
        ids.forEach { registers.add(hash: $0.hash64) }
        sketch = registers
        ids = IDSet()
    }
}

/// A set of ids in an open-addressing table with linear probing; at most half full. The nil UUID, which marks an empty slot, is
/// kept as a flag.
struct IDSet: Sendable {
    private(set) var count = 0
    private var hasZero = false
    private var slots: [UUID128] = []

    init() {}

    /// An empty set with room for a number of ids.
    init(capacity: Int) {
        if capacity > 0 { reserve(capacity) }
    }

    /// Whether the id was new.
    @discardableResult @inline(__always)
    mutating func insert(_ id: UUID128, hash: UInt64) -> Bool {
        if id == .zero {
            let isNew = !hasZero
            hasZero = true
            if isNew { count &+= 1 }
            return isNew
        }
        if count &* 2 >= slots.count { grow() }
        let mask = slots.count &- 1
        let isNew = slots.withUnsafeMutableBufferPointer { slots in
            var slot = Int(truncatingIfNeeded: hash) & mask
            while true {
                let found = slots[slot]
                if found == id { return false }
                if found == .zero {
                    slots[slot] = id
                    return true
                }
                slot = (slot &+ 1) & mask
            }
        }
        if isNew { count &+= 1 }
        return isNew
    }

    func forEach(_ body: (UUID128) -> Void) {
        if hasZero { body(.zero) }
        for id in slots where id != .zero { body(id) }
    }

    /// Makes room for a number of ids in all, at once.
    mutating func reserve(_ capacity: Int) {
        var size = max(16, slots.count)
        while size < capacity * 2 + 2 { size *= 2 }
        if size > slots.count { resize(size) }
    }

    private mutating func grow() {
        // In fewer, larger steps while small: most sets of a busy pane go all the way.
        resize(max(16, slots.count * (slots.count < 2048 ? 4 : 2)))
    }

    private mutating func resize(_ size: Int) {
        var larger = IDSet()
        larger.slots = [UUID128](repeating: .zero, count: size)
        larger.hasZero = hasZero
        larger.count = hasZero ? 1 : 0
        for id in slots where id != .zero { larger.insert(id, hash: id.hash64) }
        self = larger
    }
}

extension IDSet: Equatable {
    static func == (left: IDSet, right: IDSet) -> Bool { left.sorted() == right.sorted() }

    /// The ids in ascending order.
    func sorted() -> [UUID128] {
        var ids: [UUID128] = []
        ids.reserveCapacity(count)
        forEach { ids.append($0) }
        return ids.sorted()
    }
}
