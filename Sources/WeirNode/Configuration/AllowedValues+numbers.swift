extension AllowedValues where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        Self(
            description: "a whole number from \(range.lowerBound.grouped) to \(range.upperBound.grouped)",
            read: { node in node.plainText.flatMap { Int($0) }.flatMap { range.contains($0) ? $0 : nil } },
            write: { String($0) }
        )
    }

    static func bytes(_ range: ClosedRange<Int>) -> Self {
        let (lower, upper) = (ByteSize(bytes: range.lowerBound), ByteSize(bytes: range.upperBound))
        return Self(
            description: "a size from \(lower) to \(upper): a number of bytes, or of KiB, MiB or GiB such as 16MiB",
            read: { node in node.plainText.flatMap { ByteSize($0)?.bytes }.flatMap { range.contains($0) ? $0 : nil } },
            write: { ByteSize(bytes: $0).description }
        )
    }
}

extension AllowedValues where Value == Double {
    static func number(_ range: ClosedRange<Double>) -> Self {
        Self(
            description: "a number from \(range.lowerBound.shortest) to \(range.upperBound.shortest)",
            read: { node in node.plainText.flatMap(Double.init(decimal:)).flatMap { range.contains($0) ? $0 : nil } },
            write: { $0.shortest }
        )
    }
}

extension AllowedValues where Value == [Double] {
    /// Lower edges of buckets: ascending from 0.
    static func edges(upTo limit: Double, what: String) -> Self {
        Self(
            description:
                "a list of 1 to 64 \(what) in ascending order, the first 0 and none above \(limit.shortest)",
            read: { node in
                guard let items = node.items, (1...64).contains(items.count) else { return nil }
                let edges = items.compactMap { $0.plainText.flatMap(Double.init(decimal:)) }
                guard edges.count == items.count, edges[0] == 0, edges.allSatisfy({ $0 <= limit }),
                    zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 })
                else { return nil }
                return edges
            },
            write: { "[" + $0.map(\.shortest).joined(separator: ", ") + "]" }
        )
    }
}

extension Int {
    /// Digits in groups of three: 65,536.
    var grouped: String {
        var text = String(magnitude)
        var index = text.count - 3
        while index > 0 {
            text.insert(",", at: text.index(text.startIndex, offsetBy: index))
            index -= 3
        }
        return self < 0 ? "-" + text : text
    }
}

extension Double {
    /// Decimal notation only: no `nan`, `inf` or hexadecimal.
    fileprivate init?(decimal text: String) {
        guard text.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }) else { return nil }
        self.init(text)
    }

    /// The shortest text that reads back as the same value, whole numbers without a point.
    fileprivate var shortest: String {
        let text = description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
