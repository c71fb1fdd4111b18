import Testing
import WeirCore

/// A reader that remembers the day of the timestamp before says the same of every text as one that remembers nothing.
@Suite struct TimestampReaderTests {
    static func expectAgreement(_ texts: [[UInt8]]) {
        var reader = TimestampReader()
        for text in texts {
            text.withUnsafeBufferPointer { bytes in
                #expect(reader.read(bytes) == EventTime(utf8: bytes), "\(String(decoding: text, as: UTF8.self))")
            }
        }
    }

    @Test func everyFormIsReadAsWithoutMemory() {
        let days = [
            "2026-11-03T", "2026-11-03t", "2026-11-03 ", "2026-11-04T", "1969-12-31T", "0001-01-01T", "9999-12-31T",
        ]
        let clocks = ["00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60", "1a:00:00", "12.00:00", "12:00;00"]
        let fractions = ["", ".5", ".000001", ".999999", ".99999a", ",999999", ".1234567", ".123456789", ".1234567890"]
        let offsets = ["", "Z", "z", "+00:00", "-00:00", "+01:30", "-23:59", "+24:00", "+0000", "Zx"]
        var texts: [[UInt8]] = []
        for clock in clocks {
            for fraction in fractions {
                for offset in offsets {
                    for day in days + days { texts.append(Array((day + clock + fraction + offset).utf8)) }
                }
            }
        }
        Self.expectAgreement(texts)
    }

    @Test(arguments: 0..<4)
    func damagedTextsAreRefusedAsWithoutMemory(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let alphabet = Array("0123456789:-+.TtZz /;\u{1}".utf8) + [0x80, 0xFF]
        let texts = (0..<5000).map { _ -> [UInt8] in
            var text = Array(
                ["2026-11-03T10:20:34.567891Z", "2026-11-03T10:20:34.567891+00:00"].randomElement(using: &random)!.utf8
            )
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                text[Int.random(in: text.indices, using: &random)] = alphabet.randomElement(using: &random)!
            }
            return text
        }
        Self.expectAgreement(texts)
    }

    @Test func momentsThatAreWrittenAreReadBack() {
        var random = SplitMix64(seed: 5)
        Self.expectAgreement(
            (0..<5000).map { _ in
                let moment = EventTime(
                    microseconds: Int64.random(in: 1_793_000_000_000_000...1_793_200_000_000_000, using: &random)
                )
                return Array(moment.description.utf8)
            }
        )
    }
}
