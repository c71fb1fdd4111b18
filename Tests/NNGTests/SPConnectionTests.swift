import NIOCore
import NIOEmbedded
import NIOTLS
import Synchronization
import Testing

@testable import NNG

/// A connection without TLS's handler, and with time that passes when the test says so.
@Suite struct SPConnectionTests {
    private static let greeting: [UInt8] = [0, 0x53, 0x50, 0, 0, 0x30, 0, 0]
    private static let request: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 5, 0x80, 0, 0, 1, 7]

    private let channel: EmbeddedChannel
    private let reads = Reads()
    private let owner = Owner()

    init() throws {
        channel = EmbeddedChannel()
        let owner = owner
        try channel.pipeline.syncOperations.addHandlers([
            reads,
            SPConnection(ConnectionID(-7, peer: "peer"), speaking: .reply, owner: owner, limits: NNGLimits()) {
                refusal in
                owner.add("refused \(refusal)")
            },
        ])
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// What passes to the socket.
    private final class Reads: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }

    private final class Owner: SPConnectionOwner {
        private let said = Mutex<[String]>([])
        private let line = Mutex<SPLine?>(nil)

        var told: [String] { said.withLock { $0 } }
        func add(_ word: String) { said.withLock { $0.append(word) } }
        func take() { line.withLock { $0 }?.taken() }

        func opened(_ line: SPLine) { add("opened \(line.id.value)") }

        func received(_ message: ByteBuffer, by line: SPLine) throws(SPFailure) -> Bool {
            add("received \(message.readableBytes)")
            self.line.withLock { $0 = line }
            return true
        }

        func ended(_ line: SPLine) { add("ended \(line.id.value)") }
    }

    private func receive(_ bytes: [UInt8]) throws { try channel.writeInbound(ByteBuffer(bytes: bytes)) }

    private func meet() throws {
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(bytes: [0, 0x53, 0x50, 0, 0, 0x31, 0, 0]))
        try receive(Self.greeting)
        #expect(owner.told == ["opened -7"])
    }

    @Test func whoDoesNotMeetInTimeIsClosed() throws {
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil, "nothing is said before the handshake of TLS")
        try receive(Array(Self.greeting.dropLast()))
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(owner.told == [])
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
        #expect(owner.told == ["refused peer: it did not complete TLS's handshake and nng's in time"])
    }

    @Test func whoHasMetMayBeSilent() throws {
        try meet()
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
        _ = try channel.finish()
        #expect(owner.told == ["opened -7", "ended -7"])
    }

    @Test func nothingIsReadWhileARequestWaits() throws {
        try meet()
        channel.read()
        let before = reads.count
        try receive(Self.request + Self.request + Self.request.dropLast())
        #expect(owner.told.suffix(2) == ["received 5", "received 5"])
        channel.read()
        owner.take()
        channel.embeddedEventLoop.run()
        #expect(reads.count == before, "one waits")
        owner.take()
        channel.embeddedEventLoop.run()
        #expect(reads.count == before + 1)
        try receive([7])
        #expect(owner.told.last == "received 5")
        owner.take()
        channel.embeddedEventLoop.run()
        #expect(reads.count == before + 1, "nobody asked")
        channel.read()
        #expect(reads.count == before + 2)
    }

    private func writability(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    @Test func whoTakesNothingIsNotReadAndIsClosedInTheEnd() throws {
        try meet()
        let before = reads.count
        writability(false)
        channel.read()
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(reads.count == before)
        writability(true)
        #expect(reads.count == before + 1)
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        writability(false)
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(!channel.isActive)
        #expect(owner.told == ["opened -7", "refused peer: it does not take what is sent to it", "ended -7"])
    }

    @Test func whatComesAfterARefusalIsNotHeard() throws {
        try meet()
        try receive([0xFF] + [UInt8](repeating: 0, count: 7))
        try? receive(Self.request)
        #expect(owner.told.count == 3)
        #expect(owner.told[1].contains("is too large"))
        #expect(owner.told[2] == "ended -7")
    }

    @Test func aListenerStopsAcceptingAtItsLimit() throws {
        let reads = Reads()
        let listener = EmbeddedChannel()
        try listener.pipeline.syncOperations.addHandlers([reads, AcceptLimit(connectionsMax: 2)])
        let accepted = (0..<2).map { _ in EmbeddedChannel() }
        for channel in accepted {
            listener.read()
            try listener.writeInbound(channel as any Channel)
        }
        let before = reads.count
        listener.read()
        #expect(reads.count == before)
        _ = try accepted[0].finish(acceptAlreadyClosed: true)
        listener.embeddedEventLoop.run()
        #expect(reads.count == before + 1)
    }
}
