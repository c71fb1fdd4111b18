import Testing
import WeirCore
import WeirWire

@Suite struct CheckedMessageTests {
    @Test func everyFlippedBitIsFound() throws {
        let message = DeliveryReply.applied(through: FrameSequence(300)).encoded
        let wrapped = CheckedMessage.wrap(message)
        #expect(try CheckedMessage.unwrap(wrapped) == message)
        for bit in 0..<(8 * wrapped.count) {
            var damaged = wrapped
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: DecodingFailure.self) { try CheckedMessage.unwrap(damaged) }
        }
    }

    @Test func everyCutIsFound() {
        let wrapped = CheckedMessage.wrap(DeliveryReply.notReady.encoded)
        for count in wrapped.indices {
            #expect(throws: DecodingFailure.self) { try CheckedMessage.unwrap(Array(wrapped[..<count])) }
        }
    }

    @Test func aRefusalNeedsNoChecksum() throws {
        let refusal = WireRefusal(reason: "no").encoded
        #expect(try CheckedMessage.unwrap(refusal) == refusal)
    }
}
