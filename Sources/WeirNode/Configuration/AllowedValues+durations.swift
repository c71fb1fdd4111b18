import WeirCore

extension AllowedValues where Value == Duration {
    /// A plain number, for keys that end with `_ms`.
    static func milliseconds(_ range: ClosedRange<Int>) -> Self {
        let integer = AllowedValues<Int>.integer(range)
        return Self(
            description:
                "a whole number of milliseconds from \(range.lowerBound.grouped) to \(range.upperBound.grouped)",
            read: { node in integer.read(node).map { .milliseconds($0) } },
            write: { String($0.inMilliseconds) }
        )
    }

    /// A number with its unit.
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        Self(
            description: durationDescription(range),
            read: { node in
                node.plainText.flatMap { DurationText($0)?.duration }.flatMap { range.contains($0) ? $0 : nil }
            },
            write: { DurationText($0).description }
        )
    }
}

extension AllowedValues where Value == Horizon {
    /// A duration of 1 ms or more, or no bound.
    static var horizon: Self {
        let limited = AllowedValues<Duration>.duration(.milliseconds(1) ... .seconds(3650 * 86_400))
        return Self(
            description: limited.description + ", or unlimited",
            read: { node in node.plainText == "unlimited" ? .unlimited : limited.read(node).map { .limited($0) } },
            write: { horizon in
                switch horizon {
                case .unlimited: "unlimited"
                case .limited(let duration): DurationText(duration).description
                }
            }
        )
    }
}

extension AllowedValues where Value == WindowLayout {
    /// The length of a streaming window.
    static var windowSize: Self {
        Self(
            description:
                "a whole number of milliseconds that divides an hour (3,600,000 ms), such as 1000, 5000 or 60000",
            read: { node in
                node.plainText.flatMap { Int64($0) }.flatMap { size in
                    // Beyond an hour the product with 1,000 could overflow.
                    (1...3_600_000).contains(size) ? WindowLayout(paneMilliseconds: size) : nil
                }
            },
            write: { String($0.paneLength / 1000) }
        )
    }
}

private func durationDescription(_ range: ClosedRange<Duration>) -> String {
    let (lower, upper) = (DurationText(range.lowerBound), DurationText(range.upperBound))
    return "a duration from \(lower) to \(upper): a whole number and ms, s, m, h or d, such as 300s or 5m"
}
