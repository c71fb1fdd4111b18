/// Columns of text for people.
public struct TextTable: Sendable {
    public enum Alignment: Sendable {
        case left
        case right
    }

    /// What becomes of the last columns where there is no room for all.
    public enum Overflow: Sendable {
        /// A line at the end names them.
        case leftOut
        /// They come below their row, each with its title, and no text is cut but that of the first column.
        case below
    }

    private let columns: [(title: String, alignment: Alignment)]
    private let overflow: Overflow
    private var rows: [[String]] = []

    /// Columns of text are not made narrower than that: what is left of a name or a time has to tell which it is.
    private static let narrowest = 12
    private static let gap = "  "
    /// Blanks before what comes below a row.
    private static let indent = 4

    public init(_ columns: [(title: String, alignment: Alignment)], overflow: Overflow = .leftOut) {
        self.columns = columns
        self.overflow = overflow
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
    /// are left out or come below, see ``Overflow``; the first stays whatever the width.
    ///
    /// - Parameter width: in characters; nil for as wide as it takes.
    public func lines(width: Int?) -> [String] {
        let widths = widths(fitting: width)
        func line(_ row: [String]) -> String {
            var line = widths.indices.map { column in
                let text = Self.cut(row[column], widths[column])
                let blanks = String(repeating: " ", count: widths[column] - text.count)
                return columns[column].alignment == .left ? text + blanks : blanks + text
            }.joined(separator: Self.gap)
            while line.last == " " { line.removeLast() }
            return line
        }
        var lines = [line(columns.map(\.title))]
        for row in rows {
            lines.append(line(row))
            if overflow == .below { lines += rest(of: row, from: widths.count, width: width) }
        }
        guard overflow == .leftOut else { return lines }
        let hidden = columns[widths.count...].map(\.title).filter { !$0.isEmpty }
        if !hidden.isEmpty {
            let note = "(no room for \(hidden.joined(separator: ", ")): widen the terminal, or use --json)"
            lines += WrappedText(note, indent: 1).lines(width: width)
        }
        return lines
    }

    /// The cells that have no room beside the others, as many to a line as fit; those without a text have nothing to say.
    private func rest(of row: [String], from first: Int, width: Int?) -> [String] {
        let blanks = String(repeating: " ", count: Self.indent)
        var lines: [String] = []
        for column in row.indices.dropFirst(first) where !row[column].isEmpty {
            let cell = "\(columns[column].title) \(row[column])"
            if let last = lines.last, let width, last.count + Self.gap.count + cell.count <= width {
                lines[lines.count - 1] = last + Self.gap + cell
            } else {
                lines.append(blanks + cell)
            }
        }
        return lines.flatMap { WrappedText($0, indent: Self.indent).lines(width: width) }
    }

    /// Widths of the columns that are shown.
    private func widths(fitting width: Int?) -> [Int] {
        var widths = columns.indices.map { column in
            rows.reduce(columns[column].title.count) { max($0, $1[column].count) }
        }
        guard let width else { return widths }
        let least = widths.indices.map { column in
            let isFlexible = columns[column].alignment == .left && (overflow == .leftOut || column == 0)
            return isFlexible ? min(widths[column], Self.narrowest) : widths[column]
        }
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
