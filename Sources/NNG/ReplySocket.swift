import CNNG
import Synchronization

/// The server side of request and reply (REP): any number of clients, each request answered once.
///
/// A client that vanishes costs its own reply and nothing else. One socket may listen on several URLs.
public final class ReplySocket: Sendable {
    /// A request that is no message of anyone, and that the socket answers itself with the same byte: whoever gets that answer knows that
    /// the transport works, all the way through libnng and back. It costs no more than its journey. 0xFF occurs in no UTF-8 text.
    public static let probe: [UInt8] = [0xFF]

    private let socket: Socket
    private let contexts: [Context]
    private let busy = Atomic(0)
    private let secure: TLSReplies

    /// A place for one request at a time.
    private struct Context: Sendable {
        let id: nng_ctx
        let receiving = AsyncIO()
        let sending = AsyncIO()
    }

    /// A client that does not take its reply for so long is given up.
    private static let sendTimeout = Duration.seconds(5)
    /// How long the end of ``serve(_:)`` waits for libnng to close.
    private static let closeTimeout = Duration.seconds(2)
    /// Pause after a failure to receive that is not the end, such as a lack of memory.
    private static let failurePause = Duration.milliseconds(10)

    /// - Parameters:
    ///   - tls: for `tls+tcp://` URLs, which are NIO's and not libnng's.
    ///   - disconnected: is told which connections have ended, but not by the socket's own end; on a thread of libnng or NIO, which it must not hold
    ///     up.
    ///   - refused: is told whom a listener with TLS has closed, and why; likewise.
    public init(
        tls: TLSContexts? = nil,
        limits: NNGLimits = NNGLimits(),
        disconnected: (@Sendable (ConnectionID) -> Void)? = nil,
        refused: (@Sendable (TLSRefusal) -> Void)? = nil
    ) throws(NNGError) {
        secure = TLSReplies(tls, limits, disconnected: disconnected, refused: refused)
        socket = try Socket(
            { nng_rep0_open($0) },
            "open a reply socket",
            limits: limits,
            notice: disconnected.map { DisconnectNotice($0) }
        )
        var contexts: [Context] = []
        for _ in 0..<max(1, limits.concurrentRequests) {
            var context = nng_ctx()
            try NNGError.check(nng_ctx_open(&context, socket.id), "open a context")
            contexts.append(Context(id: context))
        }
        self.contexts = contexts
    }

    /// Starts to listen on a URL: `tcp://`, `tls+tcp://`, `ipc://`, `inproc://`. Returns the URL that was bound: port 0 becomes the port
    /// chosen.
    @discardableResult
    public func listen(_ url: String) throws(NNGError) -> String {
        try TLSCredentials.isNeeded(for: url) ? secure.listen(url) : socket.listen(url)
    }

    /// Answers requests until ``close()``; at most ``NNGLimits/concurrentRequests`` at a time.
    public func serve(_ handler: @escaping @Sendable ([UInt8]) async -> [UInt8]) async {
        await serve(byConnection: { request, _ in await handler(request) })
    }

    /// Likewise, with a handler that is told by which connection a request came.
    public func serve(
        byConnection handler: @escaping @Sendable ([UInt8], ConnectionID) async -> [UInt8]
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for context in contexts {
                group.addTask { await self.serve(context, handler) }
                group.addTask { await self.secure.serve(handler) }
            }
        }
        await secure.close(within: Self.closeTimeout)
        _ = await socket.close(stopping: operations, within: Self.closeTimeout)
    }

    /// Ends ``serve(_:)``: no further request is taken; it returns when those that were taken are answered.
    public func close() {
        secure.refuseRequests()
        let receiving = contexts.map(\.receiving)
        Socket.whenever { for operation in receiving { operation.stop() } }
    }

    deinit { secure.close() }

    /// Closes although requests may be under way: they have so much time, then their replies go nowhere, and so much again for libnng to
    /// close. Returns whether the addresses are free.
    public func abandon(grace: Duration) async -> Bool {
        close()
        let end = ContinuousClock.now + grace
        while busy.load(ordering: .acquiring) > 0, ContinuousClock.now < end {
            try? await Task.sleep(for: Self.failurePause)
        }
        await secure.close(within: end - .now)
        return await socket.close(stopping: operations, within: grace)
    }

    /// Whether every place has a request under way: then further ones, and probes, wait in the transport, and rightly so.
    public var isSaturated: Bool { busy.load(ordering: .acquiring) >= contexts.count }

    private var operations: [AsyncIO] { contexts.flatMap { [$0.receiving, $0.sending] } }

    private func serve(_ context: Context, _ handler: @Sendable ([UInt8], ConnectionID) async -> [UInt8]) async {
        while true {
            let received = await context.receiving.run { nng_ctx_recv(context.id, $0) }
            if received == NNGError.closed || received == NNGError.canceled { return }
            guard received == 0, let message = context.receiving.takeMessage() else {
                try? await Task.sleep(for: Self.failurePause)
                continue
            }
            busy.add(1, ordering: .acquiringAndReleasing)
            let connection = ConnectionID(nng_pipe_id(nng_msg_get_pipe(message)))
            let request = Message.take(message)
            let reply = request == Self.probe ? request : await handler(request, connection)
            let sent = await context.sending.run(timeout: Self.sendTimeout) { aio in
                nng_aio_set_msg(aio, Message.make(reply))
                nng_ctx_send(context.id, aio)
            }
            // What libnng did not take is still ours.
            if sent != 0, let unsent = context.sending.takeMessage() { nng_msg_free(unsent) }
            busy.subtract(1, ordering: .acquiringAndReleasing)
        }
    }
}
