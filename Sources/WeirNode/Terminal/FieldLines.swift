/// Names with a text each, one below the other; a text that is too wide goes on beneath itself.
public struct FieldLines: Sendable {
    private let fields: [(name: String, text: String)]
    private static let gap = 4

    public init(_ fields: [(name: String, text: String)]) {
        self.fields = fields
    }

    /// - Parameter width: in characters; nil for as wide as it takes.
    public func lines(width: Int?) -> [String] {
        let indent = (fields.map(\.name.count).max() ?? 0) + Self.gap
        return fields.flatMap { field in
            let blanks = String(repeating: " ", count: indent - field.name.count)
            return WrappedText(field.name + blanks + field.text, indent: indent).lines(width: width)
        }
    }
}
