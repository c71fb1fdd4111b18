/// A mergeable quantile sketch with a relative error of at most 1/257 ≈ 0.39 % on a fixed range.
///
/// Source: C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
/// guarantees", VLDB 2019, with the linearly interpolated index mapping of the reference implementations: a bucket is a power of
/// two cut in 128 equal parts, so its index is the upper bits of the double, and no logarithm (whose last bit differs between
/// machines) takes part. The index range is fixed, 2⁻⁶⁴ to 2⁶³, so merging never collapses buckets and the state is a
/// function of the multiset of values alone.
public struct DDSketch: Sendable, Equatable {
    /// |estimate − value| / value is at most this, for values of at least 2⁻⁶⁴; smaller ones are estimated as 0.
    public static let relativeError = 1.0 / 257.0

    /// Log₂ of the buckets in a power of two.
    private static let precisionBits: UInt64 = 7
    private static let shift: UInt64 = 52 - precisionBits
    /// Bucket index of 2⁻⁶⁴, as upper bits of the double.
    private static let indexBase = Int((0x1p-64).bitPattern >> shift)
    /// Number of buckets: 127 powers of two with 128 each.
    static let bucketsMax = 127 << Int(precisionBits)

    /// Values below 2⁻⁶⁴.
    public internal(set) var zeros: Int = 0
    /// Counts of the buckets `first ..< first + counts.count`; the first and last are not zero.
    var counts: [Int] = []
    var first: Int = 0
    public internal(set) var count: Int = 0

    public init() {}

    /// Adds one value ≥ 0, below 2⁶³. O(1) amortised.
    public mutating func add(_ value: Double) {
        assert(value >= 0 && value < 0x1p63, "a value is out of the sketch's range")
        count += 1
        guard value >= 0x1p-64 else {
            zeros += 1
            return
        }
        let index = Self.index(of: value)
        widen(toInclude: index, index)
        counts[index &- first] &+= 1
    }

    /// Adds the values at some positions, as ``add(_:)`` does one. O(1) amortised for each.
    mutating func add(_ values: Span<Double>, at positions: Span<Int32>) {
        // Buckets are made once, for the least and the largest.
        var low = Int.max
        var high = Int.min
        for place in positions.indices {
            let value = values[Int(positions[place])]
            assert(value >= 0 && value < 0x1p63, "a value is out of the sketch's range")
            guard value >= 0x1p-64 else { continue }
            let index = Self.index(of: value)
            low = min(low, index)
            high = max(high, index)
        }
        count += positions.count
        guard low <= high else {
            zeros += positions.count
            return
        }
        widen(toInclude: low, high)
        let first = first
        var small = 0
        var counts = counts.mutableSpan
        for place in positions.indices {
            let value = values[Int(positions[place])]
            if value >= 0x1p-64 {
                counts[Self.index(of: value) &- first] &+= 1
            } else {
                small &+= 1
            }
        }
        zeros += small
    }

    /// The bucket of a value of at least 2⁻⁶⁴.
    @inline(__always)
    private static func index(of value: Double) -> Int { Int(value.bitPattern >> shift) &- indexBase }

    /// Adds all values of another sketch. O(buckets in use).
    public mutating func merge(_ other: DDSketch) {
        count += other.count
        zeros += other.zeros
        guard !other.counts.isEmpty else { return }
        widen(toInclude: other.first, other.first + other.counts.count - 1)
        for offset in other.counts.indices {
            counts[other.first - first + offset] += other.counts[offset]
        }
    }

    /// Estimate of the value at 1-based `rank` in ascending order, 1…count. O(buckets in use).
    public func value(atRank rank: Int) -> Double {
        precondition(rank >= 1 && rank <= count, "the rank is outside the sketch's values")
        var seen = zeros
        if rank <= seen { return 0 }
        for offset in counts.indices {
            seen += counts[offset]
            if rank <= seen { return Self.estimate(first + offset) }
        }
        preconditionFailure("the counts add up to less than the sketch's count")
    }

    /// The value whose relative distance to both ends of the bucket is the same, 2ab/(a+b).
    private static func estimate(_ index: Int) -> Double {
        let low = Double(bitPattern: UInt64(index + indexBase) << shift)
        let high = Double(bitPattern: UInt64(index + indexBase + 1) << shift)
        // Two quotients rather than a product: low · high would overflow nothing here, but loses a rounding.
        return 2 * low * (high / (low + high))
    }

    private mutating func widen(toInclude low: Int, _ high: Int) {
        if counts.isEmpty {
            first = low
            counts = [Int](repeating: 0, count: high - low + 1)
        } else {
            if low < first {
                counts.insert(contentsOf: repeatElement(0, count: first - low), at: 0)
                first = low
            }
            if high >= first + counts.count {
                counts.append(contentsOf: repeatElement(0, count: high - first - counts.count + 1))
            }
        }
    }
}
