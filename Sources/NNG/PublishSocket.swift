import CNNG

/// The sending side of publish and subscribe (PUB). Messages for subscribers that are slow or away are dropped: for what may be
/// lost, and never for data.
public final class PublishSocket: Sendable {
    private let socket: Socket
    private let secure: TLSSubscribers

    /// - Parameters:
    ///   - tls: for `tls+tcp://` URLs.
    ///   - refused: is told whom a listener with TLS has closed, and why; must return at once.
    public init(
        tls: TLSContexts? = nil,
        limits: NNGLimits = NNGLimits(),
        refused: (@Sendable (TLSRefusal) -> Void)? = nil
    ) throws(NNGError) {
        socket = try Socket({ nng_pub0_open($0) }, "open a publish socket", limits: limits)
        secure = TLSSubscribers(tls, limits, refused: refused)
        nng_socket_set_int(socket.id, NNG_OPT_SENDBUF, 8192)
    }

    /// Starts to listen. Returns the URL that was bound.
    @discardableResult
    public func listen(_ url: String) throws(NNGError) -> String {
        try TLSCredentials.isNeeded(for: url) ? secure.listen(url) : socket.listen(url)
    }

    /// Sends to all subscribers of a prefix of the message. Does not wait.
    public func publish(_ bytes: [UInt8]) throws(NNGError) {
        secure.publish(bytes)
        let message = Message.make(bytes)
        let code = nng_sendmsg(socket.id, message, Int32(NNG_FLAG_NONBLOCK))
        if code != 0 {
            nng_msg_free(message)
            throw NNGError(code, "publish")
        }
    }

    public func close() {
        secure.close()
        socket.close()
    }

    deinit { close() }
}
