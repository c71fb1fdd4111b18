/// Where the level of a series changes.
///
/// The cost of a stretch is its sum of squared distances from its mean (L2); the changes are those that minimise the cost of all
/// stretches plus a penalty for each, found exactly by PELT (R. Killick, P. Fearnhead, I. A. Eckley, "Optimal Detection of
/// Changepoints With a Linear Computational Cost", JASA 107, 2012). The penalty is 3 σ² ln n, above BIC's 2 σ² ln n for a change's place
/// and level, as series here are not quite independent; σ is estimated from the median absolute difference of neighbours, which a few
/// changes do not move.
public enum ChangePoints {
    public struct Change: Sendable, Hashable {
        /// Position of the first point after the change.
        public var position: Int
        /// Means of the stretches before and after.
        public var before: Double
        public var after: Double
    }

    /// The changes in order of position; none where the series is constant or too short. O(n²) at worst, about O(n) with changes
    /// throughout, for the newest n points that `limits` allows.
    public static func find(in values: [Double], limits: TrendLimits = TrendLimits()) -> [Change] {
        let values = Array(values.suffix(limits.pointsMax))
        guard let deviation = deviation(of: values) else { return [] }
        let penalty = 3 * deviation * deviation * NaturalLogarithm.of(Double(values.count))
        let bounds = positions(in: values, penalty: penalty, segmentMin: limits.segmentMin)
        let costs = SegmentCosts(values)
        let edges = [0] + bounds + [values.count]
        return bounds.indices.map { index in
            Change(
                position: bounds[index],
                before: costs.mean(edges[index]..<bounds[index]),
                after: costs.mean(bounds[index]..<edges[index + 2])
            )
        }
    }

    /// The positions that minimise Σ cost(stretch) + penalty · changes, with stretches of at least `segmentMin`; of equal minima the one
    /// found first.
    static func positions(in values: [Double], penalty: Double, segmentMin: Int) -> [Int] {
        let count = values.count
        let shortest = max(1, segmentMin)
        guard count >= 2 * shortest else { return [] }
        let costs = SegmentCosts(values)
        // best[t]: least cost of the first t points; −penalty at 0, as the first stretch pays for no change.
        var best = [Double](repeating: .infinity, count: count + 1)
        var last = [Int](repeating: 0, count: count + 1)
        best[0] = -penalty
        var candidates = [0]
        /// Ends with their best cost that are to prune candidates.
        var rivals: [(end: Int, best: Double)] = []
        for end in shortest...count {
            // A stretch may begin where at least one whole stretch, or nothing, stands before.
            let newest = end - shortest
            if newest >= shortest { candidates.append(newest) }
            for start in candidates {
                let cost = best[start] + costs.cost(start..<end) + penalty
                if cost < best[end] {
                    best[end] = cost
                    last[end] = start
                }
            }
            // PELT's pruning: a start that is already worse without a further penalty can never win again. With a shortest stretch it
            // may only go once any later end could use the rival, which begins at `end`.
            rivals.append((end, best[end]))
            if let rival = rivals.first, end - rival.end >= shortest {
                rivals.removeFirst()
                candidates.removeAll { $0 < rival.end && best[$0] + costs.cost($0..<rival.end) > rival.best }
            }
        }
        var positions: [Int] = []
        var end = count
        while last[end] > 0 {
            end = last[end]
            positions.append(end)
        }
        return positions.reversed()
    }

    /// σ of independent noise around levels: the median of |x₍ᵢ₊₁₎ − xᵢ| over √2 · 0.6745. Where most neighbours are equal, the root mean
    /// square of their differences over √2. Nil when all are equal.
    static func deviation(of values: [Double]) -> Double? {
        let differences = zip(values, values.dropFirst()).map { ($1 - $0).magnitude }
        guard let median = OrderStatistics.median(of: differences) else { return nil }
        if median > 0 { return median / (2.0.squareRoot() * 0.674_489_750_196_082) }
        let meanSquare = differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count)
        return meanSquare > 0 ? (meanSquare / 2).squareRoot() : nil
    }
}

/// Sums by which the cost of any stretch is found at once.
struct SegmentCosts {
    /// Of the first i values, less the mean of all so that squares stay small.
    private var sums: [Double] = [0]
    private var squares: [Double] = [0]
    private let center: Double

    init(_ values: [Double]) {
        center = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
        for value in values {
            let distance = value - center
            sums.append(sums[sums.count - 1] + distance)
            squares.append(squares[squares.count - 1] + distance * distance)
        }
    }

    /// Sum of squared distances from the mean of the stretch. O(1).
    func cost(_ range: Range<Int>) -> Double {
        let sum = sums[range.upperBound] - sums[range.lowerBound]
        let square = squares[range.upperBound] - squares[range.lowerBound]
        return max(0, square - sum * sum / Double(range.count))
    }

    func mean(_ range: Range<Int>) -> Double {
        center + (sums[range.upperBound] - sums[range.lowerBound]) / Double(range.count)
    }
}
