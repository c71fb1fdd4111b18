/// What a ``GroupTable`` holds for each key.
public protocol GroupAggregate: Sendable, Equatable {
    /// Adds everything that `other` holds.
    mutating func merge(_ other: Self)
}

/// Aggregates by text key, limited to the `limit` keys with the smallest hash; everything under other keys is one aggregate.
///
/// Bottom-k by ``XXHash64`` (ties by the key's bytes): whether a key stays depends on the set of keys alone, so merging in any
/// order keeps the same ones (idea: E. Cohen, H. Kaplan, "Summarizing data using bottom-k sketches", PODC 2007). Between
/// prunings the table may hold up to twice as many keys; every reader prunes first, and pruning is idempotent. A key that was
/// pruned and comes back is pruned again, because the keys that displaced it are still there.
///
/// A key that is literally ``otherKey`` counts as other.
public struct GroupTable<Value: GroupAggregate>: Sendable {
    /// The name under which a record shows everything beyond the limit.
    public static var otherKey: String { "__other__" }

    /// A key with its hash, ordered by hash, then bytes.
    struct Entry: Sendable {
        var key: String
        var hash: UInt64
        var value: Value
    }

    public let limit: Int
    private let empty: Value
    var entries: [Entry] = []
    /// Everything under keys beyond the limit; nil while there is none.
    var other: Value?
    /// Index into `entries` by hash; the rare second key with the same hash is found by scanning.
    private var index: [UInt64: Int] = [:]

    /// - Parameters:
    ///   - limit: most keys that are kept apart, ≥ 1.
    ///   - empty: the aggregate of nothing.
    public init(limit: Int, empty: Value) {
        precondition(limit >= 1, "a group table needs room for one key")
        self.limit = limit
        self.empty = empty
    }

    /// Whether there is anything under ``otherKey``.
    public var isTruncated: Bool { entries.count > limit || other != nil }

    /// Position of a key for ``update(at:_:)``, added if it is new; -1 for ``otherKey``. Positions are valid until the next
    /// ``prune()`` or ``merge(_:)``. O(1) expected.
    public mutating func position(of key: String, hash: UInt64) -> Int {
        if let found = index[hash] {
            if Self.bytesEqual(entries[found].key, key) { return found }
            if let other = entries.firstIndex(where: { $0.hash == hash && Self.bytesEqual($0.key, key) }) {
                return other
            }
        }
        if key == Self.otherKey {
            if other == nil { other = empty }
            return -1
        }
        entries.append(Entry(key: key, hash: hash, value: empty))
        if index[hash] == nil { index[hash] = entries.count - 1 }
        return entries.count - 1
    }

    /// Changes the aggregate at a position in place. O(1).
    @inline(__always)
    public mutating func update(at position: Int, _ body: (inout Value) -> Void) {
        if position >= 0 {
            body(&entries[position].value)
        } else {
            body(&other!)
        }
    }

    /// Adds all groups of another table with the same limit.
    public mutating func merge(_ more: GroupTable) {
        precondition(limit == more.limit, "group tables with different limits can't be merged")
        for entry in more.entries {
            let position = position(of: entry.key, hash: entry.hash)
            update(at: position) { $0.merge(entry.value) }
        }
        if let rest = more.other {
            if other == nil { other = empty }
            other!.merge(rest)
        }
        pruneIfLarge()
    }

    /// Prunes when the table is over twice its limit, which makes pruning O(log) amortised a key.
    public mutating func pruneIfLarge() {
        if entries.count > 2 * limit { prune() }
    }

    /// Keeps the `limit` first keys by hash and merges the others into one. O(k log k).
    public mutating func prune() {
        guard entries.count > limit else { return }
        entries.sort(by: Self.precedes)
        var rest = other ?? empty
        for entry in entries[limit...] { rest.merge(entry.value) }
        entries.removeSubrange(limit...)
        other = rest
        index.removeAll(keepingCapacity: true)
        for (position, entry) in entries.enumerated() where index[entry.hash] == nil { index[entry.hash] = position }
    }

    /// Key and aggregate by key, in ascending byte order, ``otherKey`` last. O(k log k).
    public var sorted: [(key: String, value: Value)] {
        var pruned = self
        pruned.prune()
        var groups = pruned.entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { (key: $0.key, value: $0.value) }
        if let other = pruned.other { groups.append((key: Self.otherKey, value: other)) }
        return groups
    }

    public var isEmpty: Bool { entries.isEmpty && other == nil }

    static func precedes(_ left: Entry, _ right: Entry) -> Bool {
        left.hash != right.hash ? left.hash < right.hash : left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
    }

    /// Keys are bytes; `String.==` would equate canonically equivalent ones.
    private static func bytesEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }
}

extension GroupTable: Equatable {
    /// Equal when both hold the same groups, whatever the order in which they came.
    public static func == (left: GroupTable, right: GroupTable) -> Bool {
        let one = left.sorted
        let two = right.sorted
        return left.limit == right.limit && one.count == two.count
            && zip(one, two).allSatisfy { bytesEqual($0.key, $1.key) && $0.value == $1.value }
    }
}
