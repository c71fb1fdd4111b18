import CSimdjson
import Glibc
import Testing
import WeirCore
import WeirTestSupport

@testable import WeirParser

/// A broken line costs that line alone.
@Suite struct BrokenInputTests {
    /// Lines that are not one JSON object.
    static let malformed: [[UInt8]] =
        [
            "{", "}", "[]", "null", "7", "\"text\"", "{\"a\":1}{\"b\":2}", "{\"a\":1,}", "{\"a\" 1}", "{'a':1}",
            "{\"a\":01}", "{\"a\":.5}",
            "{\"a\":+1}", "{\"a\":NaN}", "{\"a\":tru}", "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}",
            "{\"a\":\"tab\there\"}", "{\"a\":1} x",
            "not json at all",
            // Broken in a field that is otherwise ignored.
            Lines.started.replacing(#""a \"quoted\" text""#, by: #"{"x":[1,2}"#),
            Lines.started.replacing(#""a \"quoted\" text""#, by: #""a \q text""#),
            String(Lines.completed.dropLast(10)),
        ].map { Array($0.utf8) }
        + [
            [0xFF, 0xFE], Array(Lines.started.utf8).map { $0 == UInt8(ascii: "q") ? 0xC3 : $0 }, [0x00],
            Array("{\"a\":\"\u{0}\"}".utf8),
            Array("\u{FEFF}{}".utf8), [UInt8](repeating: 0, count: 100),
        ]

    @Test(arguments: malformed.indices)
    func whatIsNotOneObjectIsMalformed(index: Int) throws {
        let line = Self.malformed[index]
        let batch = Lines.parse(Array((Lines.stage + "\n").utf8) + line + Array(("\n" + Lines.failed).utf8))
        #expect(batch.columns.kinds == [1, 3])
        let refused = try #require(batch.quarantined.first)
        #expect(refused.reason == .malformedJSON)
        #expect(refused.bytes == line)
        #expect(batch.lines == 3)
    }

    @Test func deepNestingIsTakenWhereItIsIgnoredAndNeverOverflowsTheStack() {
        for depth in [100, 1000, 10_000, 200_000] {
            let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            let line = Lines.started.replacing(#""a \"quoted\" text""#, by: deep)
            let batch = Lines.parse(line + "\n" + Lines.stage)
            #expect(batch.columns.count == 2)
            #expect(batch.quarantined.isEmpty)
            let open = Lines.started.replacing(#""a \"quoted\" text""#, by: String(deep.dropLast()))
            let broken = Lines.parse(open + "\n" + Lines.stage)
            #expect(broken.columns.kinds == [1])
            #expect(broken.quarantined.map(\.reason) == [.malformedJSON])
        }
    }

    @Test func aLineOfTwoMebibytesIsTooLarge() {
        let long = Lines.started.replacing("quoted", by: String(repeating: "x", count: 2 << 20))
        let batch = Lines.parse([Lines.stage, long, Lines.failed].joined(separator: "\n"))
        #expect(batch.columns.kinds == [1, 3])
        #expect(batch.quarantined.map(\.reason) == [.tooLarge])
        #expect(batch.quarantined[0].bytes.count == long.utf8.count)
    }

    @Test func aLineOfExactlyTheLimitIsTaken() {
        let limits = ParserLimits(lineBytesMax: Lines.stage.utf8.count)
        #expect(Lines.parse(Lines.stage, limits: limits).columns.count == 1)
        #expect(Lines.parse(Lines.stage + " ", limits: limits).quarantined.map(\.reason) == [.tooLarge])
    }

    @Test(arguments: ["", "\n", "\r\n\r\n", "  \t \n \n"])
    func blankLinesAreNothing(text: String) {
        let batch = Lines.parse(text)
        #expect(batch.lines == 0 && batch.columns.isEmpty && batch.quarantined.isEmpty)
    }

    @Test func lineEndsMayBeOfBothKindsAndMissingAtTheEnd() {
        let batch = Lines.parse(Lines.started + "\r\n" + Lines.stage + "\n\n" + Lines.failed)
        #expect(batch.columns.kinds == [0, 1, 3])
        #expect(batch.lines == 3)
    }

    @Test func nothingIsReadBeyondTheEndOfTheBuffer() throws {
        let page = sysconf(Int32(_SC_PAGESIZE))
        let size = 4 * page
        let address = try #require(mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        #expect(mprotect(address + size, page, PROT_NONE) == 0)
        defer { munmap(address, size + page) }
        for text in [
            Lines.all.joined(separator: "\n"), Lines.completed, Lines.stage + "\n", "{", "\"", "{\"a\":\"\\", "7",
        ] {
            let bytes = Array(text.utf8)
            let start = address + (size - bytes.count)
            start.copyMemory(from: bytes, byteCount: bytes.count)
            var parser = EventParser()
            var batch = ParsedBatch()
            parser.parse(UnsafeRawBufferPointer(start: start, count: bytes.count), into: &batch)
            #expect(batch.columns.count + batch.quarantined.count == batch.lines)
        }
    }

    @Test func anArrayIsItsElements() {
        var parser = EventParser()
        var batch = ParsedBatch()
        let text = "[ \(Lines.started) ,\n {\"event_type\":\"]\\\"[\"}, \(Lines.stage)]"
        Array(text.utf8).withUnsafeBytes { parser.parseArray($0, into: &batch) }
        #expect(batch.columns.kinds == [0, 1])
        #expect(batch.quarantined.map(\.reason) == [.unknownEventType])
    }

    /// With the number of elements before the break.
    @Test(arguments: [
        ("[\(Lines.started),", 1), ("[\(Lines.started) \(Lines.stage)]", 0), ("[\(Lines.started)] x", 1),
        ("[\(Lines.started),{\"a\":\"]", 1),
    ])
    func aBrokenArrayLosesNothingAndSaysSo(text: String, whole: Int) {
        var parser = EventParser()
        var batch = ParsedBatch()
        Array(text.utf8).withUnsafeBytes { parser.parseArray($0, into: &batch) }
        #expect(batch.columns.count == whole)
        #expect(batch.quarantined.contains { $0.reason == .malformedJSON })
        #expect(batch.columns.count + batch.quarantined.count == batch.lines)
    }

    /// The slow reader takes what simdjson gives up on; for everything else both must agree.
    @Test(arguments: 1...8)
    func bothReadersAgreeOnMutatedLines(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let alphabet = Array("{}[]\",:\\0159.eE+-tfn \u{1}u/".utf8) + [0x80, 0xC3, 0xE2, 0xFF]
        for _ in 0..<2000 {
            var line = Array(Lines.all.randomElement(using: &random)!.utf8)
            for _ in 0..<(1 + random.next() % 3) {
                let at = Int(random.next() % UInt64(line.count))
                switch random.next() % 3 {
                case 0: line[at] = alphabet.randomElement(using: &random)!
                case 1: line.remove(at: at)
                default: line.insert(alphabet.randomElement(using: &random)!, at: at)
                }
            }
            line.removeAll { $0 == 0x0A }
            let fast = Lines.parse(line)
            var found = weir_json_line()
            var slow = StrictJSONReader()
            var batch = ParsedBatch()
            var rows = RowBuffer()
            var timestamps = TimestampReader()
            var reason: QuarantineReason?
            line.withUnsafeBytes { bytes in
                withUnsafeMutablePointer(to: &found) { found in
                    let fields = UnsafeMutableBufferPointer(
                        start: UnsafeMutableRawPointer(found).assumingMemoryBound(to: weir_json_field.self),
                        count: Int(WEIR_SLOT_COUNT.rawValue)
                    )
                    guard UInt32(slow.read(bytes, into: fields)) == WEIR_JSON_EVENT.rawValue else {
                        reason = .malformedJSON
                        return
                    }
                    reason =
                        EventValidator.append(
                            RawEvent(found),
                            at: LineSpan(offset: 0, count: bytes.count),
                            reading: &timestamps,
                            to: &rows,
                            &batch.columns
                        )?.reason
                }
            }
            rows.flush(into: &batch)
            let columns = batch.columns
            guard fast.lines == 1 else { continue }  // The line became blank.
            #expect(fast.quarantined.first?.reason == reason, "\(String(decoding: line, as: UTF8.self))")
            #expect(fast.columns.times == columns.times && fast.columns.stages == columns.stages)
        }
    }
}
