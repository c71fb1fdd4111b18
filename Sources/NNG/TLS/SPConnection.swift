import NIOCore
import NIOSSL
import NIOTLS

/// What becomes of the connections of a listener.
protocol SPConnectionOwner: Sendable {
    /// Both sides have met.
    func opened(_ line: SPLine)
    /// A message has come, on the event loop of the connection.
    ///
    /// - Returns: whether the connection is to read no further one until ``SPLine/taken()``.
    func received(_ message: ByteBuffer, by line: SPLine) throws(SPFailure) -> Bool
    /// One that was opened has ended.
    func ended(_ line: SPLine)
}

/// A connection to a `tls+tcp://` listener, behind its TLS handler: from the handshake to the end.
///
/// Back-pressure: while a message waits to be taken, or the peer does not take what was sent, nothing more is read. So a connection holds one message that
/// is complete, those that came in the same chunk, and one that is not.
final class SPConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// The handshake, then the headers. Next: open, ended.
        case meeting
        /// Next: ended.
        case open
        /// Nothing that comes counts any more.
        case ended
    }

    private let id: ConnectionID
    private let spoken: SPProtocol
    private let owner: any SPConnectionOwner
    private let limits: NNGLimits
    private let refused: @Sendable (TLSRefusal) -> Void
    private var phase = Phase.meeting
    private var reader: SPReader
    /// While it is in a channel.
    private var line: SPLine?
    private var context: ChannelHandlerContext?
    private var deadline: Scheduled<Void>?
    /// Messages that the owner has yet to take.
    private var waiting = 0
    private var isReadHeld = false

    init(
        _ id: ConnectionID,
        speaking spoken: SPProtocol,
        owner: any SPConnectionOwner,
        limits: NNGLimits,
        refused: @escaping @Sendable (TLSRefusal) -> Void
    ) {
        self.id = id
        self.spoken = spoken
        self.owner = owner
        self.limits = limits
        self.refused = refused
        reader = SPReader(from: spoken.peer, messageBytesMax: max(1, limits.messageBytesMax))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        line = SPLine(id, context.channel, self)
        close(in: limits.handshakeTimeout, context, "it did not complete TLS's handshake and nng's in time")
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        line = nil  // It holds this.
    }

    // MARK: - From the peer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            var header = context.channel.allocator.buffer(capacity: MemoryLayout<UInt64>.size)
            header.writeInteger(spoken.header)
            context.writeAndFlush(wrapOutboundOut(header), promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasEnded, let line else { return }
        var chunk = unwrapInboundIn(data)
        do throws(SPFailure) {
            while true {
                let message = try reader.next(from: &chunk)
                if case .meeting = phase, reader.hasMet { open(line) }
                guard let message else { return }
                if try owner.received(message, by: line) { waiting += 1 }
            }
        } catch {
            refuse(context, error.description, isRoutine: false)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A connection that breaks later, or ends without TLS's farewell, is as usual as one that is closed.
        guard case .meeting = phase else { return end(context) }
        let failure = HandshakeFailure("\(error)")
        refuse(context, failure.description, isRoutine: failure.isRoutine)
    }

    // MARK: - Reading

    func read(context: ChannelHandlerContext) {
        if hasEnded || waiting == 0 && context.channel.isWritable { context.read() } else { isReadHeld = true }
    }

    /// The owner has taken a message.
    func taken() {
        waiting -= 1
        readOn()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            if case .open = phase { deadline?.cancel() }
            readOn()
        } else if case .open = phase {
            close(in: limits.takeTimeout, context, "it does not take what is sent to it")
        }
        context.fireChannelWritabilityChanged()
    }

    private func readOn() {
        guard isReadHeld, waiting == 0, let context, context.channel.isWritable else { return }
        isReadHeld = false
        context.read()
    }

    // MARK: - Its course

    private var hasEnded: Bool {
        if case .ended = phase { return true }
        return false
    }

    private func open(_ line: SPLine) {
        phase = .open
        deadline?.cancel()
        owner.opened(line)
    }

    private func close(in time: Duration, _ context: ChannelHandlerContext, _ reason: String) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { [self] in
            guard let context = self.context else { return }
            refuse(context, reason, isRoutine: true)
        }
    }

    private func refuse(_ context: ChannelHandlerContext, _ reason: String, isRoutine: Bool) {
        guard !hasEnded else { return }
        refused(TLSRefusal(peer: id.peer, reason: reason, isRoutine: isRoutine))
        end(context)
    }

    private func end(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        guard !hasEnded else { return }
        if case .open = phase, let line { owner.ended(line) }
        phase = .ended
        context.close(promise: nil)
    }
}
