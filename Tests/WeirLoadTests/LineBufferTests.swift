import Testing
import WeirCore

@testable import WeirLoad

@Suite struct LineBufferTests {
    private func text(_ write: (inout LineBuffer) -> Void) -> String {
        var buffer = LineBuffer(capacity: 256)
        write(&buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    @Test func idsAreWrittenAsTheirDescription() {
        var random = RandomStream(seed: 3)
        for _ in 0..<200 {
            let id = UUID128(high: random.next(), low: random.next())
            #expect(text { $0.put(id) } == id.description)
        }
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 12_345, 999_999, 1_000_000])
    func numbersAreWrittenInDecimal(number: Int) {
        #expect(text { $0.put(number) } == "\(number)")
    }

    @Test func fixedPointNumbersKeepTheirPlaces() {
        #expect(text { $0.put(units: 15_820, places: 3, scale: 1000) } == "15.820")
        #expect(text { $0.put(units: 7, places: 3, scale: 1000) } == "0.007")
        #expect(text { $0.put(units: 10_000, places: 4, scale: 10_000) } == "1.0000")
    }

    @Test func timesBeforeTheEpochAndAtEveryOffsetReadBack() {
        var timestamps = TimestampWriter()
        for microseconds in [-1, -1_500_000, 0, 1_793_664_000_123_456, 1_793_664_064_999_999] as [Int64] {
            for form in [TimestampWriter.Form.utcOffset, .zulu, .milliseconds, .halfHourOffset] {
                var buffer = LineBuffer(capacity: 64)
                let written = timestamps.write(EventTime(microseconds: microseconds), form, into: &buffer)
                #expect(EventTime(String(decoding: buffer.bytes, as: UTF8.self)) == written)
                #expect(microseconds - written.microseconds < 1000)
            }
        }
    }
}
