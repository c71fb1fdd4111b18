import WeirCore

/// One thread's share of the workflows of an input.
struct AggregationShare {
    private(set) var panes: PaneTable
    private(set) var duplicates = 0
    private var fingerprints: FingerprintTable
    /// Of the chunk that is being added: rows of this share, their fingerprints, and by row whether it counts.
    private var mine: [Int] = []
    private var mineFingerprints: [UInt64] = []
    private var selected: [Bool] = []

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
        mine.removeAll(keepingCapacity: true)
        mineFingerprints.removeAll(keepingCapacity: true)
        for row in 0..<hashes.count {
            let owner = hashes[row].multipliedFullWidth(by: UInt64(truncatingIfNeeded: shares)).high
            if Int(truncatingIfNeeded: owner) == share {
                mine.append(row)
                mineFingerprints.append(all[row])
            }
        }
        selected.removeAll(keepingCapacity: true)
        selected.append(contentsOf: repeatElement(false, count: hashes.count))
        var next = 0
        while next < mine.count {
            let end = min(next + Self.loadedAhead, mine.count)
            mineFingerprints.withUnsafeBufferPointer { fingerprints.load(.init(rebasing: $0[next..<end])) }
            for index in next..<end {
                let row = mine[index]
                if fingerprints.insert(mineFingerprints[index], at: columns.times[row]) {
                    selected[row] = true
                } else {
                    duplicates += 1
                }
            }
            next = end
        }
        panes.add(columns, hashes: hashes, selected: selected)
    }
}
