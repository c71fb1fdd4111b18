/// Settings that no stream can be made of.
public enum GeneratorFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case outOfRange(setting: String, value: String, allowed: String)
    /// A name that would need escaping in JSON, or is too long.
    case name(String)

    public var description: String {
        switch self {
        case .outOfRange(let setting, let value, let allowed): "\(setting) \(value): \(allowed) is needed"
        case .name(let name):
            "the name '\(name)' can't be used: 1…\(GeneratorSettings.nameBytesMax) bytes without quotes, backslashes and control characters are needed"
        }
    }
}

extension GeneratorSettings {
    static let nameBytesMax = 64
    static let workflowsMax = 50_000_000
    static let stagesMax = 64
    static let namesMax = 4096

    /// - Throws: the first setting that is out of its range.
    public func validate() throws(GeneratorFailure) {
        try Self.check("workflows", workflows, 1...Self.workflowsMax)
        try Self.check("stages", stages, 0...Self.stagesMax)
        try Self.check("failures", failureShare, 0...1)
        try Self.check("disorder", disorderShare, 0...1)
        try Self.check("duplicates", duplicateShare, 0...0.5)
        try Self.check("late", lateShare, 0...1)
        try Self.check("malformed", malformedShare, 0...0.9)
        try Self.check("envelopes", envelopeShare, 0...1)
        try Self.check("disorder-by", disorderMicroseconds, 1...3_600_000_000, unit: " µs")
        try Self.check("late-by", latenessMicroseconds, 10_000_000...86_400_000_000, unit: " µs")
        try Self.check("models", models.count, 1...Self.namesMax)
        try Self.check("node-types", nodeTypes.count, 1...Self.namesMax)
        for model in models {
            try Self.check(name: model.name)
            try Self.check("the weight of \(model.name)", model.weight, 0...1e9)
            try Self.check("the price of \(model.name)", model.dollarsPerMillionTokens, 0...1e6)
        }
        for nodeType in nodeTypes {
            try Self.check(name: nodeType.name)
            try Self.check("the weight of \(nodeType.name)", nodeType.weight, 0...1e9)
        }
        guard models.contains(where: { $0.weight > 0 }), nodeTypes.contains(where: { $0.weight > 0 }) else {
            throw .outOfRange(setting: "weights", value: "0", allowed: "a weight above 0")
        }
    }

    private static func check<Value: Comparable & Sendable>(
        _ setting: String,
        _ value: Value,
        _ range: ClosedRange<Value>,
        unit: String = ""
    ) throws(GeneratorFailure) {
        guard range.contains(value) else {
            throw .outOfRange(
                setting: setting,
                value: "\(value)\(unit)",
                allowed: "\(range.lowerBound)…\(range.upperBound)\(unit)"
            )
        }
    }

    private static func check(name: String) throws(GeneratorFailure) {
        guard (1...nameBytesMax).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F })
        else { throw .name(name) }
    }
}
