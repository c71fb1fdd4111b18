/// The rows of a batch by owner: a counting sort of positions, from which the columns of each owner are written straight from those of
/// the batch.
///
/// Hot: twice over the rows, then once over each column. 56 ns an event with the writing, on
/// a busy machine where simdjson takes 255 ns to read it (`weir-bench`, loop `cut`).
public struct EventPartition: Sendable {
    private let owners: Int
    /// Rows, and payload rows by kind, in order of owner, then of the batch.
    private var positions: [[Int32]]
    /// Where an owner's part of them begins; one more at the end.
    private var starts: [[Int]]

    /// - Parameters:
    ///   - owners: ≥ 1.
    ///   - owner: 0..<owners, by row.
    public init(_ columns: EventColumns, owners: Int, owner: [Int32]) {
        self.owners = owners
        var starts = [[Int]](repeating: [Int](repeating: 0, count: owners + 1), count: 4)
        for row in 0..<columns.count {
            let next = Int(owner[row]) &+ 1
            starts[0][next] &+= 1
            let kind = Int(columns.kinds[row])
            if kind > 0 { starts[kind][next] &+= 1 }
        }
        for list in 0..<4 {
            for owner in 0..<owners { starts[list][owner + 1] += starts[list][owner] }
        }
        var positions = starts.map { [Int32](repeating: 0, count: $0[owners]) }
        var next = starts
        var cursor = PayloadCursor()
        for row in 0..<columns.count {
            let owner = Int(owner[row])
            let kind = columns.kinds[row]
            let payload = cursor.next(kind)
            positions[0][next[0][owner]] = Int32(truncatingIfNeeded: row)
            next[0][owner] &+= 1
            if kind > 0 {
                positions[Int(kind)][next[Int(kind)][owner]] = Int32(truncatingIfNeeded: payload)
                next[Int(kind)][owner] &+= 1
            }
        }
        self.positions = positions
        self.starts = starts
    }

    /// Rows of an owner, ascending.
    public func rows(of owner: Int) -> ArraySlice<Int32> { list(0, owner) }

    func payloads(_ kind: EventKind, of owner: Int) -> ArraySlice<Int32> { list(Int(kind.rawValue), owner) }

    private func list(_ list: Int, _ owner: Int) -> ArraySlice<Int32> {
        positions[list][starts[list][owner]..<starts[list][owner + 1]]
    }
}
