/// A text that goes on in further lines where one is not wide enough.
public struct WrappedText: Sendable {
    private let text: String
    /// Blanks before each line but the first.
    private let indent: Int

    public init(_ text: String, indent: Int) {
        self.text = text
        self.indent = indent
    }

    /// Lines of at most so many characters, broken between words where they are short enough. Blanks between words stay as they are.
    ///
    /// - Parameter width: nil for a single line.
    public func lines(width: Int?) -> [String] {
        guard let width, width > indent else { return [text] }
        var lines: [String] = []
        var rest = text[...]
        var blanks = ""
        while rest.count > width - blanks.count {
            let room = width - blanks.count
            let end = rest.index(rest.startIndex, offsetBy: room)
            // A line may end where a blank follows it. The blanks that a text begins with are no place to break it.
            let words = rest.firstIndex { $0 != " " } ?? end
            let space = words < end ? rest[words...end].lastIndex(of: " ") : nil
            let line = rest[..<(space ?? end)]
            lines.append(blanks + line)
            rest = rest[line.endIndex...].drop { $0 == " " }
            blanks = String(repeating: " ", count: indent)
        }
        if !rest.isEmpty || lines.isEmpty { lines.append(blanks + rest) }
        return lines
    }
}
