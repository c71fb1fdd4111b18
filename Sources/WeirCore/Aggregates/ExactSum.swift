/// A sum of doubles that does not depend on the order of its terms.
///
/// Each term is rounded once to a multiple of 2⁻⁶⁴ (nearest, ties to even) and added as an integer; the sum or mean is rounded
/// once, at the end. The integer is 128 bits wide with a count of overflows above it, so that no number of terms can lose
/// one. The value is `overflows · 2¹²⁸ + units`, and that pair is unique for a value, so equal sums are equal bits.
///
/// Idea: a fixed-point superaccumulator (Kulisch) cut to the range that events can have.
public struct ExactSum: Hashable, Sendable {
    /// Sum in units of 2⁻⁶⁴, modulo 2¹²⁸.
    public internal(set) var units: Int128 = 0
    /// How many times ``units`` wrapped upwards, less the times it wrapped downwards.
    public internal(set) var overflows: Int64 = 0

    public init() {}

    /// Adds one term. Requires |value| < 2⁶³ (``EventLimits/magnitudeBelow``). O(1).
    @inline(__always)
    public mutating func add(_ value: Double) {
        add(units: Self.units(of: value))
    }

    /// Adds all terms of another sum. O(1).
    public mutating func merge(_ other: ExactSum) {
        add(units: other.units)
        overflows &+= other.overflows
    }

    /// The sum, correctly rounded to a double.
    public var value: Double { quotient(by: 1) }

    /// The sum divided by `count`, correctly rounded from the exact quotient; 0 for a count of 0.
    public func mean(count: Int) -> Double { count == 0 ? 0 : quotient(by: UInt64(count)) }

    @inline(__always)
    private mutating func add(units term: Int128) {
        let (sum, overflow) = units.addingReportingOverflow(term)
        units = sum
        if overflow { overflows &+= term < 0 ? -1 : 1 }
    }

    /// `value` in units of 2⁻⁶⁴, rounded to nearest, ties to even.
    @inline(__always)
    static func units(of value: Double) -> Int128 {
        assert(value.magnitude < EventLimits.magnitudeBelow, "a term is out of range")
        let bits = value.bitPattern
        let exponent = Int((bits >> 52) & 0x7FF)
        guard exponent != 0 else { return 0 }  // Zero and subnormals are below half a unit.
        let significand = bits & 0x000F_FFFF_FFFF_FFFF | 0x0010_0000_0000_0000
        let shift = exponent - 1023 - 52 + 64
        let magnitude: Int128
        if shift >= 0 {
            magnitude = Int128(significand) &<< Int128(shift)
        } else if shift >= -53 {
            let drop = UInt64(-shift)
            let kept = significand &>> drop
            let rest = significand & ((1 &<< drop) &- 1)
            let half: UInt64 = 1 &<< (drop &- 1)
            magnitude = Int128(rest > half || (rest == half && kept & 1 == 1) ? kept &+ 1 : kept)
        } else {
            magnitude = 0
        }
        return bits >> 63 == 1 ? -magnitude : magnitude
    }

    /// The exact value divided by `divisor`, rounded once: schoolbook division of the magnitude, extended by 128 zero bits so that
    /// the quotient has at least 65 significant ones, then round to nearest, ties to even, with the remainder as sticky bit.
    private func quotient(by divisor: UInt64) -> Double {
        var limbs = magnitudeLimbs
        guard limbs.2 | limbs.1 | limbs.0 != 0 else { return 0 }
        var remainder: UInt64 = 0
        func step(_ limb: UInt64) -> UInt64 {
            let (quotient, rest) = divisor.dividingFullWidth((remainder, limb))
            remainder = rest
            return quotient
        }
        limbs.2 = step(limbs.2)
        limbs.1 = step(limbs.1)
        limbs.0 = step(limbs.0)
        let quotient = [step(0), step(0)].reversed() + [limbs.0, limbs.1, limbs.2]

        // Quotient is an integer in units of 2⁻¹⁹², least significant limb first.
        let top = quotient.lastIndex { $0 != 0 }!
        let leading = quotient[top].leadingZeroBitCount
        var head = quotient[top] << UInt64(leading)
        var sticky = remainder != 0
        if top > 0 {
            let next = quotient[top - 1]
            if leading > 0 {
                head |= next >> UInt64(64 - leading)
                sticky = sticky || next << UInt64(leading) != 0
            } else {
                sticky = sticky || next != 0
            }
            sticky = sticky || quotient[..<(top - 1)].contains { $0 != 0 }
        }
        // head has its highest bit set: 53 bits to keep, 11 to round away.
        let rest = head & 0x7FF
        var significand = head >> 11
        if rest > 0x400 || (rest == 0x400 && (sticky || significand & 1 == 1)) { significand += 1 }
        let exponent = top * 64 + (63 - leading) - 192
        let magnitude = Double(significand) * Double(sign: .plus, exponent: exponent - 52, significand: 1)
        return isNegative ? -magnitude : magnitude
    }

    private var isNegative: Bool { overflows < 0 || (overflows == 0 && units < 0) }

    /// |value| in units of 2⁻⁶⁴ as three limbs, least significant first.
    private var magnitudeLimbs: (UInt64, UInt64, UInt64) {
        // The 192-bit two's complement: units contribute their sign extension to the highest limb.
        var low = UInt64(truncatingIfNeeded: units)
        var middle = UInt64(truncatingIfNeeded: units >> 64)
        var high = UInt64(bitPattern: overflows &+ (units < 0 ? -1 : 0))
        if isNegative {
            low = ~low &+ 1
            middle = ~middle &+ (low == 0 ? 1 : 0)
            high = ~high &+ (low == 0 && middle == 0 ? 1 : 0)
        }
        return (low, middle, high)
    }
}
