import CNNG

/// Tells which connections of a socket have ended: because the peer closed them, its process died, or the network broke them. What the
/// socket itself closes when it is closed is not told.
///
/// libnng calls back on a thread of its own, with a pointer to this: ``Socket`` keeps it until libnng has closed, after which no callback
/// is under way.
final class DisconnectNotice: Sendable {
    private let notify: @Sendable (ConnectionID) -> Void

    /// - Parameter notify: must return at once.
    init(_ notify: @escaping @Sendable (ConnectionID) -> Void) { self.notify = notify }

    func begin(on socket: nng_socket) throws(NNGError) {
        let code = nng_pipe_notify(
            socket,
            NNG_PIPE_EV_REM_POST,
            { pipe, _, argument in
                Unmanaged<DisconnectNotice>.fromOpaque(argument!).takeUnretainedValue()
                    .notify(ConnectionID(nng_pipe_id(pipe)))
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
        try NNGError.check(code, "watch connections")
    }

    static func end(on socket: nng_socket) { nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, nil, nil) }
}
