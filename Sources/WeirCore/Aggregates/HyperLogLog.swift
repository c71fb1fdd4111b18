/// An estimate of the number of distinct 64-bit hashes: 2¹⁴ registers, standard error 1.04/√2¹⁴ = 0.81 %.
///
/// Source: P. Flajolet et al., "HyperLogLog", 2007; the estimator is the one of O. Ertl, "New cardinality estimation algorithms for
/// HyperLogLog sketches", arXiv:1702.01284, algorithm 6: unbiased over the whole range without empirical tables, and made of
/// additions, products and square roots alone, so that it gives the same bits on every machine.
public struct HyperLogLog: Sendable, Equatable {
    /// 1.04 / √m.
    public static let standardError = 0.008125
    static let indexBits = 14
    static let registerCount = 1 << indexBits

    /// The largest rank seen by register: 0…51.
    var registers: [UInt8]

    public init() {
        registers = [UInt8](repeating: 0, count: Self.registerCount)
    }

    /// Adds the hash of an element. O(1).
    public mutating func add(hash: UInt64) {
        let (register, rank) = Self.place(of: hash)
        if rank > registers[register] { registers[register] = rank }
    }

    /// Adds the hashes at some positions. O(1) for each.
    mutating func add(_ hashes: Span<UInt64>, at positions: Span<Int32>) {
        var registers = registers.mutableSpan
        for index in positions.indices {
            let (register, rank) = Self.place(of: hashes[Int(positions[index])])
            if rank > registers[register] { registers[register] = rank }
        }
    }

    /// The register of a hash, and the rank of what remains of it.
    @inline(__always)
    private static func place(of hash: UInt64) -> (register: Int, rank: UInt8) {
        let register = Int(truncatingIfNeeded: hash &>> UInt64(64 - indexBits))
        let rest = hash &<< UInt64(indexBits) | (1 &<< UInt64(indexBits - 1))
        return (register, UInt8(truncatingIfNeeded: rest.leadingZeroBitCount &+ 1))
    }

    /// Makes this the sketch of the union. O(registers).
    public mutating func merge(_ other: HyperLogLog) {
        for register in 0..<Self.registerCount where other.registers[register] > registers[register] {
            registers[register] = other.registers[register]
        }
    }

    /// The estimated number of distinct elements, to the nearest integer. O(registers).
    public var estimate: Int {
        let rankMax = 64 - Self.indexBits  // q in the paper; ranks go to q + 1.
        var histogram = [Int](repeating: 0, count: rankMax + 2)
        for rank in registers { histogram[Int(rank)] += 1 }
        let registers = Double(Self.registerCount)
        var sum = registers * Self.tau(1 - Double(histogram[rankMax + 1]) / registers)
        for rank in stride(from: rankMax, through: 1, by: -1) {
            sum = 0.5 * (sum + Double(histogram[rank]))
        }
        sum += registers * Self.sigma(Double(histogram[0]) / registers)
        let alpha = 0.721347520444481703680  // 1 / (2 ln 2)
        let estimate = alpha * registers * registers / sum
        return estimate.isFinite ? Int(estimate.rounded(.toNearestOrEven)) : 0
    }

    private static func sigma(_ start: Double) -> Double {
        if start == 1 { return .infinity }
        var x = start
        var y = 1.0
        var z = start
        while true {
            x *= x
            let before = z
            z += x * y
            y += y
            if z == before { return z }
        }
    }

    private static func tau(_ start: Double) -> Double {
        if start == 0 || start == 1 { return 0 }
        var x = start
        var y = 1.0
        var z = 1 - start
        while true {
            x = x.squareRoot()
            let before = z
            y *= 0.5
            z -= (1 - x) * (1 - x) * y
            if z == before { return z / 3 }
        }
    }
}
