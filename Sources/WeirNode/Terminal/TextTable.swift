/// Columns of text for people.
public struct TextTable: Sendable {
    public enum Alignment: Sendable {
        case left
        case right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    public init(_ columns: [(title: String, alignment: Alignment)]) {
        self.columns = columns
    }

    public var isEmpty: Bool { rows.isEmpty }

    /// - Parameter row: a text for each column.
    public mutating func add(_ row: [String]) {
        precondition(row.count == columns.count, "a row has a text for each column")
        rows.append(row)
    }

    /// Lines with a heading, without trailing blanks.
    public var lines: [String] {
        let widths = columns.indices.map { column in
            rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
        return ([columns.map(\.title)] + rows).map { row in
            var line = row.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - row[column].count)
                return columns[column].alignment == .left ? row[column] + blanks : blanks + row[column]
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
