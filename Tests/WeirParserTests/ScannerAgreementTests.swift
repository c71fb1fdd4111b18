import Testing
import WeirCore
import WeirParser
import WeirTestSupport

/// The scanner is fast, the DOM parser is right: whatever a line is, both ways say the same of it.
@Suite struct ScannerAgreementTests {
    /// Lines with everything that the walk has a branch for.
    static let lines: [String] =
        Lines.all + [
            Lines.started.replacing(
                #""a \"quoted\" text""#,
                by: #"{"a":[1,-2.5e-3,{"b":[]},{}],"c":null,"d":[[],["x"]]}"#
            ),
            Lines.started.replacing(#""a \"quoted\" text""#, by: #""\u00e9 \ud83d\ude00 \n\t\\ é 😀""#),
            Lines.started.replacing(#""prompt""#, by: #" "pr\u006fmpt" "#),
            Lines.stage.replacing("validation", by: #"valid\u0061tion"#),
            Lines.stage.replacing("1.25", by: "1.7976931348623157e308"),
            Lines.stage.replacing("1.25", by: "0.30000000000000004"),
            Lines.stage.replacing("1.25", by: "12345678901234567890123"),
            Lines.stage.replacing("1.25", by: "123456789012345678"),
            Lines.stage.replacing("1.25", by: "4.9406564584124654e-324"),
            Lines.stage.replacing(",", by: " ,\t").replacing(":", by: " : ").replacing("00 : 00 : 01", by: "00:00:01")
                + "\r",
            Lines.completed.replacing(#"["a","b"]"#, by: #"[ "a" , "b\n" , "c" ]"#),
            Lines.completed.replacing(#"["a","b"]"#, by: #"["a",1]"#),
            Lines.completed.replacing(#"["a","b"]"#, by: "[ ]"),
            Lines.completed.replacing("1200", by: "9223372036854775807"),
            Lines.completed.replacing("0.025", by: "-0.0"),
            #"{"envelope_version":"1","payload":\#(Lines.failed),"event_type":"CODEGEN_STARTED"}"#,
            #"{"payload":{"event_type":null},"envelope_version":2,"payload":\#(Lines.stage)}"#,
            #"{"envelope_version":"1","payload":[\#(Lines.failed)]}"#,
            #"{"payload":\#(Lines.failed)}"#,
            String(Lines.stage.dropLast()) + #","duration_seconds":7}"#,
            "{}", "", "  ",
        ]

    /// Each line alone, so that nothing can be read behind it and the DOM parser takes it.
    static func byParser(_ lines: [[UInt8]]) -> ParsedBatch {
        var parser = EventParser()
        var batch = ParsedBatch()
        for line in lines { line.withUnsafeBytes { parser.parse($0, into: &batch) } }
        return batch
    }

    static func encoded(_ columns: EventColumns) -> [UInt8] {
        var writer = ByteWriter()
        columns.encode(into: &writer)
        return writer.bytes
    }

    static func expectAgreement(_ lines: [[UInt8]]) {
        let together = Lines.parse(lines.joined(separator: [0x0A]) + [UInt8](repeating: 0x0A, count: 128))
        let alone = byParser(lines)
        // Encoded, because an absent score is NaN.
        #expect(encoded(together.columns) == encoded(alone.columns))
        #expect(together.quarantined == alone.quarantined)
        #expect(together.lines == alone.lines)
    }

    @Test func bothWaysAgreeOnEveryShapeOfLine() {
        Self.expectAgreement(Self.lines.map { Array($0.utf8) })
    }

    @Test(arguments: 0..<8)
    func bothWaysAgreeOnDamagedLines(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let originals = Self.lines.map { Array($0.utf8) }
        let alphabet = Array("{}[]:,\"\\ \t\r01-.eEtfnuabx/\u{7f}".utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xED, 0xFF]
        for _ in 0..<40 {
            let lines = (0..<40).map { _ -> [UInt8] in
                var line = originals.randomElement(using: &random)!
                for _ in 0..<Int.random(in: 0...3, using: &random) where !line.isEmpty {
                    let place = Int.random(in: 0..<line.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: line[place] = alphabet.randomElement(using: &random)!
                    case 1: line.insert(alphabet.randomElement(using: &random)!, at: place)
                    case 2: line.remove(at: place)
                    default:
                        line.removeSubrange(place..<min(line.count, place + Int.random(in: 1...40, using: &random)))
                    }
                }
                return line
            }
            Self.expectAgreement(lines)
        }
    }

    /// More keys, and more orders of them, than the scanner remembers; with keys that begin alike and white space that varies.
    @Test(arguments: 0..<4)
    func bothWaysAgreeOnKeysInAnyOrder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let members = [
            #""event_type":"CODEGEN_STAGE_COMPLETED""#, #""event_id":"11111111-2222-4333-8444-5555aAbBcCdD""#,
            #""correlation_id":"21111111-2222-4333-8444-5555aAbBcCdD""#,
            #""workflow_id":"31111111-2222-4333-8444-5555aAbBcCdD""#,
            #""timestamp":"2026-11-03T00:00:01.5Z""#, #""stage_name":"validation""#, #""stage_number":3"#,
            #""duration_seconds":1.25"#, #""success":true"#, #""duration_second":"x""#, #""success!":false"#,
        ]
        let lines = (0..<400).map { _ -> [UInt8] in
            let further = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                let name = String(repeating: "k", count: Int.random(in: 0...40, using: &random))
                return #""\#(name)\#(Int.random(in: 0...99, using: &random))":[1,{"event_id":"é"}]"#
            }
            var all = (members.dropLast(Int.random(in: 0...3, using: &random)) + further).shuffled(using: &random)
            if Int.random(in: 0...3, using: &random) == 0 { all.append(all[0]) }
            let comma = [",", ", ", " ,"].randomElement(using: &random)!
            return Array("{\(all.joined(separator: comma))}".utf8)
        }
        Self.expectAgreement(lines)
    }

    /// In every place of an id, all digits of both cases are read, and nothing else.
    @Test func idsAreReadAlikeInBothWays() {
        let id = "01234567-89ab-4cde-8fAB-CDEF01234567"
        let lines = (0...id.count).flatMap { place in
            ["0", "9", "a", "f", "A", "F", "g", "G", "/", ":", "@", "`", "-", "\u{7f}", "é", #"\u0030"#, ""].map {
                text in
                var changed = id
                let index = changed.index(changed.startIndex, offsetBy: place)
                changed.replaceSubrange(index..<(place < id.count ? changed.index(after: index) : index), with: text)
                return Array(
                    Lines.started.replacing("11111111-1111-4111-8111-111111111111", by: changed).utf8
                )
            }
        }
        Self.expectAgreement(lines)
    }

    @Test func numbersAreTheNearestDoubles() throws {
        var random = SplitMix64(seed: 11)
        var texts: [String] = []
        for _ in 0..<5000 {
            let value = Double(
                bitPattern: UInt64.random(in: 0x3000_0000_0000_0000...0x43D0_0000_0000_0000, using: &random)
            )
            texts.append("\(value)")
            texts.append(
                "\(Int.random(in: 0...99_999, using: &random)).\(UInt64.random(in: 0...UInt64.max, using: &random))"
            )
        }
        let batch = Lines.parse(texts.map { Lines.stage.replacing("1.25", by: $0) + "\n" }.joined())
        try #require(batch.columns.count == texts.count)
        for (text, value) in zip(texts, batch.columns.stages.duration) { #expect(Double(text) == value, "\(text)") }
    }
}
