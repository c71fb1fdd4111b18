/// The generator's source of randomness: 64 bits a draw, about a nanosecond each, the same for a seed on every machine.
///
/// Algorithm: S. Vigna, `splitmix64`.
struct RandomStream: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed &>> 31)
    }

    /// 0..<bound, from the upper half of a draw: multiply and shift, no division. Bias: below bound / 2³².
    @inline(__always)
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: ((next() &>> 32) &* UInt64(truncatingIfNeeded: bound)) &>> 32)
    }

    /// About normal with mean 0 and deviation 1: twelve uniform draws less six (Irwin and Hall), so that no library's logarithm
    /// decides the bits.
    mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += Double(next() >> 11) * 0x1p-53 }
        return sum
    }
}
