/// Columns of text for people.
public struct TextTable: Sendable {
    public enum Alignment: Sendable {
        case left
        case right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    /// Columns of text are not made narrower than that.
    private static let narrowest = 8
    private static let gap = "  "

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
    public var lines: [String] { lines(width: nil) }

    /// Lines that fit a width, where texts can be cut for it: the widest left-aligned columns give way, and cut texts end in `…`.
    ///
    /// - Parameter width: in characters; nil for as wide as it takes.
    public func lines(width: Int?) -> [String] {
        let widths = widths(fitting: width)
        return ([columns.map(\.title)] + rows).map { row in
            var line = row.indices.map { column in
                let text = Self.cut(row[column], widths[column])
                let blanks = String(repeating: " ", count: widths[column] - text.count)
                return columns[column].alignment == .left ? text + blanks : blanks + text
            }.joined(separator: Self.gap)
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private func widths(fitting width: Int?) -> [Int] {
        var widths = columns.indices.map { column in
            rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
        guard let width else { return widths }
        var excess = widths.reduce(0, +) + Self.gap.count * (widths.count - 1) - width
        while excess > 0 {
            let flexible = widths.indices.filter { columns[$0].alignment == .left && widths[$0] > Self.narrowest }
            guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }
}
