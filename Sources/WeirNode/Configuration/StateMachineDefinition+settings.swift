extension StateMachineDefinition {
    /// The keys of the machine's group: they are compared with what is built in and set nothing.
    var settings: [Setting] {
        [
            Setting(
                .fsm,
                "\(name).states",
                read: { node, _ in checkStates(node) },
                write: { _ in "[" + states.joined(separator: ", ") + "]" }
            ),
            Setting(
                .fsm,
                "\(name).initial",
                read: { node, _ in node.text == initial ? [] : [.notAllowed(node, "\(initial), which is built in")] },
                write: { _ in initial }
            ),
            Setting(
                .fsm,
                "\(name).transitions",
                read: { node, _ in checkTransitions(node) },
                write: { _ in "[" + transitions.map(\.yaml).joined(separator: ", ") + "]" }
            ),
        ]
    }

    private func checkStates(_ node: ConfigurationNode) -> [Setting.Finding] {
        let stated = node.items?.compactMap(\.text) ?? []
        guard stated.count == states.count, Set(stated) == Set(states) else {
            return [.notAllowed(node, "[\(states.joined(separator: ", "))], which are built in")]
        }
        return []
    }

    private func checkTransitions(_ node: ConfigurationNode) -> [Setting.Finding] {
        guard case .list(let items) = node.content else {
            return [.notAllowed(node, "a list of groups with the keys from, to and causes")]
        }
        var findings: [Setting.Finding] = []
        var seen: Set<Transition> = []
        for (index, item) in items.enumerated() {
            let suffix = "[\(index)]"
            guard let stated = Transition(item) else {
                findings.append(
                    .notAllowed(
                        item,
                        "a group with the keys from, to (states) and causes (a list of text)",
                        line: item.line,
                        suffix: suffix
                    )
                )
                continue
            }
            if !seen.insert(stated).inserted {
                findings.append(
                    .init(
                        line: item.line,
                        suffix: suffix,
                        message: "\(stated.text) is given twice; it must be given once"
                    )
                )
            } else if let known = transitions.first(where: { $0.from == stated.from && $0.to == stated.to }) {
                if known != stated {
                    let causes = stated.causes.sorted().joined(separator: ", ")
                    findings.append(
                        .init(
                            line: item.line,
                            suffix: suffix,
                            message:
                                "\(stated.text) with the causes [\(causes)] is not what Weir does; it must be \(known.yaml)"
                        )
                    )
                }
            } else {
                let allowed = transitions.map(\.text).joined(separator: ", ")
                findings.append(
                    .init(
                        line: item.line,
                        suffix: suffix,
                        message: "\(stated.text) is not what Weir does; it must be one of \(allowed)"
                    )
                )
            }
        }
        // What is missing is of interest once what is there is right.
        guard findings.isEmpty else { return findings }
        let statedPairs = Set(seen.map(\.text))
        for missing in transitions where !statedPairs.contains(missing.text) {
            findings.append(
                .init(message: "\(missing.text) is missing, and built in; the list must have \(missing.yaml)")
            )
        }
        return findings
    }
}

extension StateMachineDefinition.Transition {
    fileprivate init?(_ node: ConfigurationNode) {
        guard case .map(let entries) = node.content, entries.count == 3,
            let from = entries.first(where: { $0.key == "from" })?.value.text,
            let to = entries.first(where: { $0.key == "to" })?.value.text,
            let causes = entries.first(where: { $0.key == "causes" })?.value.items,
            causes.allSatisfy({ $0.text != nil })
        else { return nil }
        self.init(from: from, to: to, causes: Set(causes.compactMap(\.text)))
    }
}
