/// Columns of text for people.
public struct TextTable: Sendable {
    public enum Alignment: Sendable {
        case left
        case right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    /// Columns of text are not made narrower than that: what is left of a name or a time has to tell which it is.
    private static let narrowest = 12
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

    /// Lines that fit a width: the widest left-aligned columns give way, and cut texts end in `…`. Where that is not enough the last columns
    /// are left out, and a line at the end names them; the first stays whatever the width.
    ///
    /// - Parameter width: in characters; nil for as wide as it takes.
    public func lines(width: Int?) -> [String] {
        let widths = widths(fitting: width)
        var lines = ([columns.map(\.title)] + rows).map { row in
            var line = widths.indices.map { column in
                let text = Self.cut(row[column], widths[column])
                let blanks = String(repeating: " ", count: widths[column] - text.count)
                return columns[column].alignment == .left ? text + blanks : blanks + text
            }.joined(separator: Self.gap)
            while line.last == " " { line.removeLast() }
            return line
        }
        let hidden = columns[widths.count...].map(\.title).filter { !$0.isEmpty }
        if !hidden.isEmpty {
            let note = "(no room for \(hidden.joined(separator: ", ")): widen the terminal, or use --json)"
            lines += WrappedText(note, indent: 1).lines(width: width)
        }
        return lines
    }

    /// Widths of the columns that are shown.
    private func widths(fitting width: Int?) -> [Int] {
        var widths = columns.indices.map { column in
            rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
        guard let width else { return widths }
        let least = widths.indices.map { columns[$0].alignment == .left ? min(widths[$0], Self.narrowest) : widths[$0] }
        func total(_ widths: some Collection<Int>) -> Int {
            widths.reduce(0, +) + Self.gap.count * (widths.count - 1)
        }
        var shown = widths.count
        while shown > 1, total(least[..<shown]) > width { shown -= 1 }
        widths.removeLast(widths.count - shown)
        var excess = total(widths) - width
        while excess > 0 {
            let flexible = widths.indices.filter { widths[$0] > least[$0] }
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
