import CNNG

/// The server side of request and reply (REP): any number of clients, each request answered once.
///
/// A client that vanishes costs its own reply and nothing else. One socket may listen on several URLs.
public final class ReplySocket: Sendable {
    private let socket: Socket
    private let contexts: [Context]

    /// A place for one request at a time.
    private struct Context: Sendable {
        let id: nng_ctx
        let receiving = AsyncIO()
        let sending = AsyncIO()
    }

    /// A client that does not take its reply for so long is given up.
    private static let sendTimeout = Duration.seconds(5)

    public init(limits: NNGLimits = NNGLimits()) throws(NNGError) {
        socket = try Socket({ nng_rep0_open($0) }, "open a reply socket", limits: limits)
        var contexts: [Context] = []
        for _ in 0..<max(1, limits.concurrentRequests) {
            var context = nng_ctx()
            try NNGError.check(nng_ctx_open(&context, socket.id), "open a context")
            contexts.append(Context(id: context))
        }
        self.contexts = contexts
    }

    /// Starts to listen on a URL: `tcp://`, `ipc://`, `inproc://`. Returns the URL that was bound: port 0 becomes the port chosen.
    @discardableResult
    public func listen(_ url: String) throws(NNGError) -> String {
        try socket.listen(url)
    }

    /// Answers requests until ``close()``; at most ``NNGLimits/concurrentRequests`` at a time.
    public func serve(_ handler: @escaping @Sendable ([UInt8]) async -> [UInt8]) async {
        await withTaskGroup(of: Void.self) { group in
            for context in contexts {
                group.addTask { await Self.serve(context, handler) }
            }
        }
        for context in contexts { nng_ctx_close(context.id) }
        socket.close()
    }

    /// Ends ``serve(_:)``: no further request is taken; it returns when those that were taken are answered.
    public func close() {
        for context in contexts { context.receiving.stop() }
    }

    private static func serve(_ context: Context, _ handler: @Sendable ([UInt8]) async -> [UInt8]) async {
        while true {
            let received = await context.receiving.run { nng_ctx_recv(context.id, $0) }
            if received == NNGError.closed || received == NNGError.canceled { return }
            guard received == 0, let message = nng_aio_get_msg(context.receiving.pointer) else { continue }
            let reply = Message.make(await handler(Message.take(message)))
            let sent = await context.sending.run(timeout: sendTimeout) { aio in
                nng_aio_set_msg(aio, reply)
                nng_ctx_send(context.id, aio)
            }
            // On success libnng owns the message.
            if sent != 0 { nng_msg_free(reply) }
        }
    }
}
