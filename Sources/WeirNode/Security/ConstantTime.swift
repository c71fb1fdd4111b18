/// Comparison of secrets.
enum ConstantTime {
    /// Whether two texts are equal, in a time that depends on the length of the first alone, and not on where they differ.
    static func isEqual(_ candidate: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
        var difference = candidate.count ^ right.count
        guard let first = right.first else { return candidate.isEmpty }
        for (index, byte) in candidate.enumerated() {
            let other = index < right.count ? right[right.startIndex + index] : first
            difference |= Int(byte ^ other)
        }
        return difference == 0
    }
}
