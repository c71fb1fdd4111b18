/// A statement and the rows of parameters that it is run with, in order: one kind of change, once or many times.
///
/// Parameters are `$1`, `$2`, …; each stands first where those before it have stood, as SQLite counts them by their first appearance.
public struct SQLStatement: Sendable, Hashable {
    public var text: String
    public var rows: [[SQLValue]]

    public init(_ text: String, rows: [[SQLValue]]) {
        self.text = text
        self.rows = rows
    }

    /// A statement that is run once.
    public init(_ text: String, _ parameters: SQLValue...) {
        self.init(text, rows: [parameters])
    }
}
