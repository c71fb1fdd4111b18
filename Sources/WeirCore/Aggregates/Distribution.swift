/// Quantiles of durations: exact up to a limit of values, a ``DDSketch`` above it.
///
/// Which of the two depends on the final count alone: every value has one bucket, so values that were kept exactly and values that
/// went to the sketch at once give the same sketch.
public struct Distribution: Sendable {
    /// The values, in any order, while there are at most `limit`; empty once ``sketch`` is there.
    var values: [Double] = []
    /// Holds everything once there were more than `limit` values. Two fields rather than an enum, so that the hot path mutates
    /// in place.
    var sketch: DDSketch?
    /// Most values that are kept exactly.
    public let limit: Int

    public init(limit: Int) {
        self.limit = limit
    }

    public var count: Int { sketch?.count ?? values.count }

    /// Whether quantiles are estimates.
    public var isSketched: Bool { sketch != nil }

    /// Adds one value ≥ 0, below 2⁶³. O(1) amortised.
    @inline(__always)
    public mutating func add(_ value: Double) {
        if sketch != nil {
            sketch!.add(value)
        } else {
            values.append(value)
            if values.count > limit { convert() }
        }
    }

    /// Adds the values at some positions, as ``add(_:)`` does one. O(1) amortised for each.
    mutating func add(_ more: Span<Double>, at positions: Span<Int32>) {
        var next = 0
        while sketch == nil, next < positions.count {
            add(more[Int(positions[next])])
            next &+= 1
        }
        if next < positions.count { sketch!.add(more, at: positions.extracting(next..<positions.count)) }
    }

    /// Adds all values of another distribution with the same limit. O(values or buckets).
    public mutating func merge(_ other: Distribution) {
        precondition(limit == other.limit, "distributions with different exact limits can't be merged")
        if let more = other.sketch {
            if sketch == nil { convert() }
            sketch!.merge(more)
        } else if sketch != nil {
            for value in other.values { sketch!.add(value) }
        } else {
            values.append(contentsOf: other.values)
            if values.count > limit { convert() }
        }
    }

    /// Quantiles of what has been added, sorted once. O(n log n) while exact.
    public var quantiles: Quantiles {
        if let sketch { Quantiles(source: .sketch(sketch)) } else { Quantiles(source: .sorted(values.sorted())) }
    }

    private mutating func convert() {
        var buckets = DDSketch()
        for value in values { buckets.add(value) }
        sketch = buckets
        values = []
    }
}

extension Distribution: Equatable {
    /// Equal when the same multiset of values was added (for sketches: the same buckets).
    public static func == (left: Distribution, right: Distribution) -> Bool {
        left.limit == right.limit && left.sketch == right.sketch && left.values.sorted() == right.values.sorted()
    }
}

/// Quantiles read from a ``Distribution``.
public struct Quantiles {
    enum Source {
        case sorted([Double])
        case sketch(DDSketch)
    }

    let source: Source

    var count: Int {
        switch source {
        case .sorted(let values): values.count
        case .sketch(let sketch): sketch.count
        }
    }

    /// The mean of the middle two values, or the middle one; 0 when empty.
    public var median: Double {
        let count = self.count
        guard count > 0 else { return 0 }
        if count % 2 == 1 { return value(atRank: count / 2 + 1) }
        return (value(atRank: count / 2) + value(atRank: count / 2 + 1)) / 2
    }

    /// Nearest rank: the ⌈percent/100 · n⌉-th smallest value; 0 when empty. `percent` is 1…100.
    public func percentile(_ percent: Int) -> Double {
        let count = self.count
        guard count > 0 else { return 0 }
        return value(atRank: (percent * count + 99) / 100)
    }

    private func value(atRank rank: Int) -> Double {
        switch source {
        case .sorted(let values): values[rank - 1]
        case .sketch(let sketch): sketch.value(atRank: rank)
        }
    }
}
