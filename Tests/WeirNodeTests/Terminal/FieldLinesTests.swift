import Testing

@testable import WeirNode

@Suite struct FieldLinesTests {
    private static let fields = FieldLines([
        ("watermark", "2026-11-03T00:00:00Z"),
        ("events", "accepted 30 = counted 20 + duplicate 6 + quarantined 4 (malformed_json 1, too_late 3)"),
    ])

    @Test func textsBeginInOneColumnAndGoOnBeneathThemselves() {
        #expect(
            Self.fields.lines(width: 60) == [
                "watermark    2026-11-03T00:00:00Z",
                "events       accepted 30 = counted 20 + duplicate 6 +",
                "             quarantined 4 (malformed_json 1, too_late 3)",
            ]
        )
        #expect(Self.fields.lines(width: nil).count == 2)
        #expect(FieldLines([]).lines(width: 60).isEmpty)
    }

    @Test(arguments: 20...100) func everyLineFitsAndNoWordIsLost(width: Int) {
        let lines = Self.fields.lines(width: width)
        #expect(lines.allSatisfy { $0.count <= width })
        let whole = Self.fields.lines(width: nil).joined()
        #expect(lines.joined().filter { $0 != " " } == whole.filter { $0 != " " })
    }
}
