import CNNG

/// The receiving side of publish and subscribe (SUB).
///
/// libnng 1.5.2 does not always connect again (``RequestSocket``), and here nothing shows it: a publisher that is silent and one that is gone look
/// alike. Who must miss nothing asks the cluster, and does not subscribe.
public final class SubscribeSocket: Sendable {
    private let socket: Socket
    private let io = AsyncIO()
    private let url: String

    /// - Parameters:
    ///   - url: of the publisher, which need not run yet.
    ///   - prefix: only messages that begin with it are received.
    public init(
        _ url: String,
        prefix: String = "",
        tls: TLSCredentials? = nil,
        limits: NNGLimits = NNGLimits()
    ) throws(NNGError) {
        self.url = url
        socket = try Socket({ nng_sub0_open($0) }, "open a subscribe socket", tls: tls, limits: limits)
        nng_socket_set_int(socket.id, NNG_OPT_RECVBUF, 8192)
        try NNGError.check(
            nng_socket_set(socket.id, NNG_OPT_SUB_SUBSCRIBE, prefix, prefix.utf8.count),
            "subscribe to \(prefix)"
        )
        try socket.start(try socket.dialer(to: url), to: url)
    }

    /// The next message. One caller at a time.
    public func receive(timeout: Duration) async throws(NNGError) -> [UInt8] {
        let code = await io.run(timeout: timeout) { nng_recv_aio(socket.id, $0) }
        guard code == 0, let message = io.takeMessage() else { throw NNGError(code, "receive from \(url)") }
        return Message.take(message)
    }

    public func close() { socket.close(stopping: [io]) }

    deinit { close() }
}
