import CCRC32C
import Testing
import WeirCore
import WeirTestSupport

@Suite struct CRC32CTests {
    private func crc(_ bytes: [UInt8], _ start: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { weir_crc32c(start, $0.baseAddress, $0.count) }
    }

    /// RFC 3720, B.4.
    @Test func knownValues() {
        #expect(crc(Array("123456789".utf8)) == 0xE306_9283)
        #expect(crc([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(crc([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(crc((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(crc([]) == 0)
    }

    @Test func itGoesOnFromWhereItStood() {
        var random = SplitMix64(seed: 1)
        let bytes = (0..<1000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for cut in [0, 1, 7, 8, 63, 500, 999] {
            #expect(crc(Array(bytes[cut...]), crc(Array(bytes[..<cut]))) == crc(bytes))
        }
    }
}
