import WeirCore

extension SplitMix64 {
    /// Whether something with a probability happens.
    mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double(next() >> 11) * 0x1p-53 < probability
    }

    /// A number of a range, each equally likely.
    mutating func within(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// A time span of a range, in microseconds; small ones are as likely as large ones of the same ratio.
    mutating func span(_ range: ClosedRange<Int64>) -> Int64 {
        let low = max(1, range.lowerBound)
        let ratio = Double(max(range.upperBound, low)) / Double(low)
        // Ratio to the power of a fraction, by repeated halving of the exponent: no libm in a pure target.
        var fraction = next() >> 32
        var factor = 1.0
        var root = ratio
        while fraction != 0, root > 1.000_001 {
            root = root.squareRoot()
            if fraction & 0x8000_0000 != 0 { factor *= root }
            fraction = (fraction << 1) & 0xFFFF_FFFF
        }
        return Int64(Double(low) * factor)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[within(0...(elements.count - 1))]
    }
}
