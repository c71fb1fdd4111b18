/// A number of bytes as people write it: `16777216`, `16MiB`.
struct ByteSize: Sendable, Hashable, CustomStringConvertible {
    var bytes: Int

    private static let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)]

    init(bytes: Int) {
        self.bytes = bytes
    }

    /// - Parameter text: a whole number ≥ 0, optionally followed by `KiB`, `MiB` or `GiB`.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits) else { return nil }
        var unit = text[digits.endIndex...]
        if unit.first == " " { unit = unit.dropFirst() }
        if unit.isEmpty {
            bytes = count
        } else {
            guard let shift = Self.units.first(where: { $0.0 == unit })?.1 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
            guard !overflow else { return nil }
            bytes = product
        }
    }

    /// In the largest unit that divides it.
    var description: String {
        for (unit, shift) in Self.units where bytes != 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return String(bytes)
    }
}
