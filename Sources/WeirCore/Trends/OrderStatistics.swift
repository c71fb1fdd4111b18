/// The k-th smallest values of a list, found without sorting it.
///
/// Quickselect (C. A. R. Hoare, "Algorithm 65: Find", 1961) with the median of three as pivot and three-way partition, so that ties
/// cost nothing. O(n) expected; the order of `values` is lost.
struct OrderStatistics {
    private var values: [Double]

    /// - Parameter values: finite.
    init(_ values: [Double]) {
        self.values = values
    }

    /// - Parameter rank: 1 for the smallest, up to the count.
    mutating func value(atRank rank: Int) -> Double {
        precondition((1...values.count).contains(rank), "a rank is within the list")
        var (low, high) = (0, values.count - 1)
        let target = rank - 1
        while low < high {
            let pivot = Self.median(values[low], values[low + (high - low) / 2], values[high])
            // [low, less) < pivot, [less, at) = pivot, (greater, high] > pivot.
            var (less, at, greater) = (low, low, high)
            while at <= greater {
                if values[at] < pivot {
                    values.swapAt(less, at)
                    less += 1
                    at += 1
                } else if values[at] > pivot {
                    values.swapAt(at, greater)
                    greater -= 1
                } else {
                    at += 1
                }
            }
            if target < less {
                high = less - 1
            } else if target > greater {
                low = greater + 1
            } else {
                return pivot
            }
        }
        return values[target]
    }

    /// The middle value, or the mean of the middle two; nil for an empty list.
    mutating func median() -> Double? {
        guard !values.isEmpty else { return nil }
        let upper = value(atRank: values.count / 2 + 1)
        guard values.count % 2 == 0 else { return upper }
        let lower = value(atRank: values.count / 2)
        return lower + (upper - lower) / 2
    }

    static func median(of values: [Double]) -> Double? {
        var statistics = OrderStatistics(values)
        return statistics.median()
    }

    private static func median(_ one: Double, _ two: Double, _ three: Double) -> Double {
        max(min(one, two), min(max(one, two), three))
    }
}
