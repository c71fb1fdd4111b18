import Testing
import WeirCore
import WeirTestSupport

@Suite struct EncodingTests {
    @Test(arguments: 1...10)
    func aggregatesComeBackEqual(seed: UInt64) throws {
        let limits = seed % 2 == 0 ? WindowAggregateLawTests.smallLimits : AggregateLimits()
        var events = RandomEvents(seed: seed)
        for pane in WindowAggregateLawTests.panes(events.columns(800), limits).panes {
            let decoded = try WindowAggregate(decoding: pane.aggregate.encoded, limits: limits)
            #expect(decoded == pane.aggregate)
            #expect(decoded.encoded == pane.aggregate.encoded)
        }
    }

    @Test func aDecodedAggregateGoesOnLikeTheOriginal() throws {
        var events = RandomEvents(seed: 99)
        events.span = 5_000_000
        let limits = WindowAggregateLawTests.smallLimits
        let first = WindowAggregateLawTests.panes(events.columns(300), limits).panes[0].aggregate
        let second = WindowAggregateLawTests.panes(events.columns(300), limits).panes[0].aggregate
        var original = first
        original.merge(second)
        var decoded = try WindowAggregate(decoding: first.encoded, limits: limits)
        decoded.merge(try WindowAggregate(decoding: second.encoded, limits: limits))
        #expect(decoded.encoded == original.encoded)
    }

    @Test(arguments: 1...5)
    func columnsComeBackEqual(seed: UInt64) throws {
        var events = RandomEvents(seed: seed)
        let columns = events.columns(300)
        var writer = ByteWriter()
        columns.encode(into: &writer)
        let decoded = try Self.columns(writer.bytes)
        // NaN stands for absent, and is not equal to itself: compare the bytes.
        var again = ByteWriter()
        decoded.encode(into: &again)
        #expect(again.bytes == writer.bytes)
        #expect(decoded.count == 300)
    }

    private static func columns(_ bytes: [UInt8]) throws -> EventColumns {
        try bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try EventColumns(decoding: &reader)
        }
    }

    @Test func cutOrBrokenBytesAreRefusedAndNeverTrap() throws {
        var events = RandomEvents(seed: 3)
        let columns = events.columns(60)
        var writer = ByteWriter()
        columns.encode(into: &writer)
        let aggregate = WindowAggregateLawTests.panes(columns, WindowAggregateLawTests.smallLimits).panes[0].aggregate
            .encoded
        for bytes in [writer.bytes, aggregate] {
            for _ in 0..<3000 {
                var broken = bytes
                switch events.random.next() % 3 {
                case 0: broken.removeLast(Int(events.random.next() % UInt64(broken.count)))
                case 1:
                    broken[Int(events.random.next() % UInt64(broken.count))] ^= UInt8(1 << (events.random.next() % 8))
                default:
                    let at = Int(events.random.next() % UInt64(broken.count))
                    for offset in at..<min(broken.count, at + 8) { broken[offset] = 0xFF }
                }
                // Either refused, or some other value: what matters is that decoding ends, in bounds.
                _ = try? Self.columns(broken)
                _ = try? WindowAggregate(decoding: broken, limits: WindowAggregateLawTests.smallLimits)
            }
            #expect(throws: DecodingFailure.self) { try Self.columns(Array(bytes.dropLast())) }
        }
    }
}
