import WeirCore

/// One thread's share of the workflows of an input.
struct AggregationShare {
    private(set) var panes: PaneTable
    private(set) var duplicates = 0
    private var fingerprints: FingerprintTable
    /// Of the chunk that is being added: rows of this share, their fingerprints, and the rows among them that count.
    private var mine: [Int32] = []
    private var mineFingerprints: [UInt64] = []
    private var counted: [Int32] = []

    /// Fingerprints that are loaded together.
    private static let loadedAhead = 32

    init(_ contract: Contract, _ horizon: Horizon) {
        fingerprints = FingerprintTable(horizon: horizon)
        panes = PaneTable(limits: contract.aggregation, layout: contract.windows.layout)
    }

    /// Adds the rows of a chunk whose workflows belong to this share. Hot: once an event and share.
    ///
    /// - Parameter bound: ids before it may be forgotten.
    mutating func add(_ chunk: ParsedChunk, share: Int, of shares: Int, forgettingBefore bound: EventTime?) {
        if let bound { fingerprints.forget(before: bound) }
        let columns = chunk.batch.columns
        let hashes = chunk.hashes
        let all = chunk.fingerprints
        let count = Self.select(share, of: shares, hashes.span, all.span, &mine, &mineFingerprints)
        counted.removeAll(keepingCapacity: true)
        var next = 0
        while next < count {
            let end = min(next + Self.loadedAhead, count)
            mineFingerprints.withUnsafeBufferPointer { fingerprints.load(.init(rebasing: $0[next..<end])) }
            for index in next..<end
            where fingerprints.insert(mineFingerprints[index], at: columns.times[Int(mine[index])]) {
                counted.append(mine[index])
            }
            next = end
        }
        duplicates += count - counted.count
        panes.add(columns, hashes: hashes, selected: counted)
    }

    /// Finds the rows of a share. Without a branch that depends on the hash: with two shares every other one would be foreseen wrongly.
    ///
    /// - Returns: how many of the first elements of `rows` and `ids` are the share's.
    private static func select(
        _ share: Int,
        of shares: Int,
        _ hashes: Span<UInt64>,
        _ fingerprints: Span<UInt64>,
        _ rows: inout [Int32],
        _ ids: inout [UInt64]
    ) -> Int {
        if rows.count < hashes.count {
            rows = [Int32](repeating: 0, count: hashes.count)
            ids = [UInt64](repeating: 0, count: hashes.count)
        }
        var rows = rows.mutableSpan
        var ids = ids.mutableSpan
        var count = 0
        for row in hashes.indices {
            rows[count] = Int32(truncatingIfNeeded: row)
            ids[count] = fingerprints[row]
            let owner = hashes[row].multipliedFullWidth(by: UInt64(truncatingIfNeeded: shares)).high
            count &+= Int(truncatingIfNeeded: owner) == share ? 1 : 0
        }
        return count
    }
}
