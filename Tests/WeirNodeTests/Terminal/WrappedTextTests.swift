import Testing

@testable import WeirNode

/// Text in lines that fit a terminal.
@Suite struct WrappedTextTests {
    private static let text = "    → see its log, then start it again"

    @Test func linesBreakBetweenWordsAndAreIndented() {
        let lines = WrappedText(Self.text, indent: 6).lines(width: 20)
        #expect(lines == ["    → see its log,", "      then start it", "      again"])
        #expect(WrappedText(Self.text, indent: 6).lines(width: nil) == [Self.text])
        #expect(WrappedText("", indent: 6).lines(width: 20) == [""])
    }

    @Test(arguments: 7...60) func everyLineFitsAndNoWordIsLost(width: Int) {
        let long = Self.text + " " + String(repeating: "x", count: 70) + " end"
        let lines = WrappedText(long, indent: 6).lines(width: width)
        #expect(lines.allSatisfy { $0.count <= width })
        #expect(lines.joined().filter { $0 != " " } == long.filter { $0 != " " })
    }
}
