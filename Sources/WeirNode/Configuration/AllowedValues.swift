/// What a setting may be: how it is read, written, and described to who got it wrong.
struct AllowedValues<Value: Sendable>: Sendable {
    /// Completes the sentence "it must be …".
    var description: String
    /// Nil when the value is not allowed.
    var read: @Sendable (ConfigurationNode) -> Value?
    /// As YAML on one line, such that `read` reads it back.
    var write: @Sendable (Value) -> String

    /// Certain values, or `auto` for nil.
    static func automatic<Wrapped: Sendable>(
        or values: AllowedValues<Wrapped>,
        meaning: String
    ) -> Self where Value == Wrapped? {
        Self(
            description: "\(values.description), or auto for \(meaning)",
            read: { node in node.plainText == "auto" ? .some(nil) : values.read(node).map { .some($0) } },
            write: { $0.map(values.write) ?? "auto" }
        )
    }

    /// Certain values, or `none` for nil.
    static func optional<Wrapped: Sendable>(_ values: AllowedValues<Wrapped>) -> Self where Value == Wrapped? {
        Self(
            description: "\(values.description), or none",
            read: { node in node.plainText == "none" ? .some(nil) : values.read(node).map { .some($0) } },
            write: { $0.map(values.write) ?? "none" }
        )
    }
}
