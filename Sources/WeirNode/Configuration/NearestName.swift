/// Finds what was meant by a mistyped name.
enum NearestName {
    /// The candidate with the fewest edits, if these are at most a third of the name, or two. O(candidates × length²).
    static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let bound = max(2, name.count / 3)
        let best = candidates.map { ($0, edits(name, $0)) }.min { $0.1 < $1.1 }
        guard let best, best.1 <= bound, best.1 < name.count else { return nil }
        return best.0
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment distance).
    static func edits(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(128)), Array(right.utf8.prefix(128)))
        var previous: [Int] = []
        var row = Array(0...right.count)
        for i in left.indices {
            var next = [i + 1]
            for j in right.indices {
                var cost = min(row[j + 1] + 1, next[j] + 1, row[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, previous[j - 1] + 1)
                }
                next.append(cost)
            }
            (previous, row) = (row, next)
        }
        return row[right.count]
    }
}
