/// ln x, the same bits on every platform.
enum NaturalLogarithm {
    /// For finite x > 0. Relative error of a few units in the last place: x = m · 2ᵉ with m in [√½, √2), and ln m = 2 artanh((m − 1)/(m + 1))
    /// by its series.
    static func of(_ x: Double) -> Double {
        precondition(x > 0 && x.isFinite, "a logarithm needs a finite number above 0")
        var significand = x.significand
        var exponent = Double(x.exponent)
        if significand > 2.0.squareRoot() {
            significand /= 2
            exponent += 1
        }
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        // |ratio| < 0.172: the 12th term is below 2⁻⁵⁸ of the first.
        var sum = 0.0
        for term in stride(from: 25, through: 1, by: -2) { sum = sum * square + 1 / Double(term) }
        return 2 * ratio * sum + exponent * 0.693_147_180_559_945_309_4
    }
}
