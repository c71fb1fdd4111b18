import NIOCore

/// Stops accepting while a listener has as many connections as it may: further ones wait in the kernel's queue.
///
/// On the channel of the listener, before what accepts.
final class AcceptLimit: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let connectionsMax: Int
    private var connections = 0
    private var isReadHeld = false

    init(connectionsMax: Int) { self.connectionsMax = max(1, connectionsMax) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connections += 1
        let listener = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: listener)
        unwrapInboundIn(data).closeFuture.whenComplete { _ in
            listener.execute {
                let (limit, context) = bound.value
                limit.hasClosed(context)
            }
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if connections < connectionsMax { context.read() } else { isReadHeld = true }
    }

    private func hasClosed(_ context: ChannelHandlerContext) {
        connections -= 1
        guard isReadHeld, connections < connectionsMax else { return }
        isReadHeld = false
        context.read()
    }
}
