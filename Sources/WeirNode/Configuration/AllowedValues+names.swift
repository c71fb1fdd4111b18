import WeirCore

extension AllowedValues where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of the names of an enumeration.
    static var name: Self {
        Self(
            description: "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "),
            read: { node in node.text.flatMap { Value(rawValue: $0) } },
            write: { $0.rawValue }
        )
    }
}

extension AllowedValues where Value == [WindowType] {
    /// Some of the types, each once; in SPEC's order whatever the order given.
    static var windowTypes: Self {
        Self(
            description: "a list of one or more of " + WindowType.allCases.map(\.name).joined(separator: ", ")
                + ", each at most once",
            read: { node in
                guard let items = node.items, !items.isEmpty else { return nil }
                let types = items.compactMap { $0.text.flatMap { WindowType(name: $0) } }
                guard types.count == items.count, Set(types).count == types.count else { return nil }
                return types.sorted()
            },
            write: { "[" + $0.map(\.name).joined(separator: ", ") + "]" }
        )
    }
}
