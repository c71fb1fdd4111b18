import WeirCore

// `strategies` of `contracts/aggregation.yaml`: a list of `{type, functions}`.
extension AggregationStrategy {
    private static let shape = "a list of groups with the keys type and functions"

    /// Takes the list in. Each type at most once, with functions that Weir computes for it.
    static func read(_ node: ConfigurationNode, into draft: inout ConfigurationDraft) -> [Setting.Finding] {
        guard case .list(let items) = node.content, !items.isEmpty else { return [.notAllowed(node, shape)] }
        var strategies: [AggregationStrategy] = []
        var findings: [Setting.Finding] = []
        for (index, item) in items.enumerated() {
            do throws(InvalidStrategy) {
                let strategy = try Self(item, suffix: "[\(index)]")
                if strategies.contains(where: { $0.kind == strategy.kind }) {
                    throw InvalidStrategy([
                        .init(
                            line: item.line,
                            suffix: "[\(index)].type",
                            message: "\(strategy.kind.rawValue) is given twice; each type must be given at most once"
                        )
                    ])
                }
                strategies.append(strategy)
            } catch {
                findings += error.findings
            }
        }
        if findings.isEmpty { draft.configuration.contract.strategies = strategies }
        return findings
    }

    /// As YAML on one line.
    static func write(_ strategies: [AggregationStrategy]) -> String {
        let items = strategies.map { strategy in
            let functions = strategy.functions.map(\.rawValue).joined(separator: ", ")
            return "{type: \(strategy.kind.rawValue), functions: [\(functions)]}"
        }
        return "[" + items.joined(separator: ", ") + "]"
    }

    private struct InvalidStrategy: Error {
        var findings: [Setting.Finding]

        init(_ findings: [Setting.Finding]) {
            self.findings = findings
        }
    }

    private init(_ node: ConfigurationNode, suffix: String) throws(InvalidStrategy) {
        guard case .map(let entries) = node.content else {
            throw InvalidStrategy([
                .notAllowed(node, "a group with the keys type and functions", line: node.line, suffix: suffix)
            ])
        }
        let unknown = entries.filter { !["type", "functions"].contains($0.key) }
        var findings = unknown.map { entry in
            Setting.Finding(
                line: entry.line,
                suffix: "\(suffix).\(entry.key)",
                message: "the key is not known; known here: type, functions"
            )
        }
        let type = entries.first { $0.key == "type" }
        let list = entries.first { $0.key == "functions" }
        for (key, entry) in [("type", type), ("functions", list)] where entry == nil {
            findings.append(
                .init(line: node.line, suffix: suffix, message: "the key \(key) is missing; it must be given")
            )
        }
        guard let type, let list else { throw InvalidStrategy(findings) }

        let kinds = AllowedValues<Kind>.name
        guard let kind = kinds.read(type.value) else {
            findings.append(.notAllowed(type.value, kinds.description, line: type.line, suffix: suffix + ".type"))
            throw InvalidStrategy(findings)
        }
        // A kind without functions in the standard would be computed for nothing.
        let computed = Self.standard.first { $0.kind == kind }?.functions ?? []
        let names = computed.map(\.rawValue).joined(separator: ", ")
        let items = list.value.items ?? []
        let functions = items.compactMap { item in computed.first { $0.rawValue == item.text } }
        if functions.isEmpty || functions.count != items.count || Set(functions).count != functions.count {
            findings.append(
                .notAllowed(
                    list.value,
                    "a list of one or more of \(names), which Weir computes for \(kind.rawValue), each at most once",
                    line: list.line,
                    suffix: suffix + ".functions"
                )
            )
        }
        guard findings.isEmpty else { throw InvalidStrategy(findings) }
        self.init(kind: kind, functions: functions)
    }
}
