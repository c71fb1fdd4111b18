import Testing
import WeirCore

@testable import WeirWire

struct LogPositionsTests {
    private typealias Partition = LogPositions.Partition

    private static let frame = Frame(
        receivedAt: EventTime(microseconds: 5),
        source: "kafka",
        placement: 7,
        parts: [.init(worker: 1, bytes: [0xAB])]
    )

    private static func positions(_ offsets: [Partition: Int64], reader: String = "g") -> LogPositions {
        var positions = LogPositions(reader: reader)
        for (partition, offset) in offsets { positions.advance(partition, to: offset) }
        return positions
    }

    private static let some = positions([
        Partition(topic: "b", number: 0): 3, Partition(topic: "a", number: 1): .max,
        Partition(topic: "a", number: .max): 0,
    ])

    @Test func aFrameHasThemAgainWithAndWithoutALookIntoItsParts() throws {
        for positions in [nil, LogPositions(reader: ""), Self.some] {
            var frame = Self.frame
            frame.positions = positions
            #expect(try Frame(decoding: frame.encoded) == frame)
            #expect(try frame.encoded.withUnsafeBytes { try Frame.positions(in: $0) } == positions)
        }
    }

    @Test func whoDoesNotKnowThemReadsTheSameFrame() throws {
        var frame = Self.frame
        frame.positions = Self.some
        // A build before them reads the bytes that this one writes without, and skips what follows.
        #expect(frame.encoded.starts(with: Self.frame.encoded))
    }

    @Test func theirBytesStayTheSame() {
        var frame = Self.frame
        frame.positions = Self.positions([Partition(topic: "t", number: 2): 300])
        let hex = frame.encoded.dropFirst(Self.frame.encoded.count)
            .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(hex == "010901670101740102ac02")
    }

    @Test func cutBytesAreRefusedOrSayNothing() {
        var frame = Self.frame
        frame.positions = Self.some
        for count in frame.encoded.indices {
            let found = try? Frame(decoding: Array(frame.encoded[..<count]))
            #expect(found == nil || found == Self.frame)
        }
    }

    @Test func theyNeverGoBackAndAnotherReadersReplaceThem() {
        let partition = Partition(topic: "t", number: 0)
        var positions = Self.positions([partition: 5])
        positions.advance(by: Self.positions([partition: 3]))
        #expect(positions == Self.positions([partition: 5]))
        positions.advance(by: Self.positions([partition: 7]))
        #expect(positions == Self.positions([partition: 7]))
        positions.advance(by: Self.positions([partition: 1], reader: "h"))
        #expect(positions == Self.positions([partition: 1], reader: "h"))
    }
}
