import CNNG
import Synchronization

/// An open `nng_socket` with its options. Closed once, after everything that uses it has stopped.
final class Socket: Sendable {
    let id: nng_socket
    private let isClosed = Atomic(false)

    init(
        _ open: (UnsafeMutablePointer<nng_socket>) -> Int32,
        _ operation: String,
        limits: NNGLimits
    ) throws(NNGError) {
        var id = nng_socket()
        try NNGError.check(open(&id), operation)
        self.id = id
        nng_socket_set_size(id, NNG_OPT_RECVMAXSZ, max(1, limits.messageBytesMax))
        nng_socket_set_ms(id, NNG_OPT_RECONNMINT, Int32(clamping: limits.reconnectMin.milliseconds))
        nng_socket_set_ms(id, NNG_OPT_RECONNMAXT, Int32(clamping: limits.reconnectMax.milliseconds))
    }

    /// Starts to listen. Returns the URL with the port that was bound where 0 was asked for.
    func listen(_ url: String) throws(NNGError) -> String {
        var listener = nng_listener()
        try NNGError.check(nng_listener_create(&listener, id, url), "listen on \(url)")
        nng_listener_set_size(listener, NNG_OPT_RECVMAXSZ, recvMax)
        do throws(NNGError) {
            try NNGError.check(nng_listener_start(listener, 0), "listen on \(url)")
        } catch {
            nng_listener_close(listener)
            throw error
        }
        guard url.hasSuffix(":0") else { return url }
        var address = nng_sockaddr()
        guard nng_listener_get_addr(listener, NNG_OPT_LOCADDR, &address) == 0 else { return url }
        let port = UInt16(bigEndian: address.s_in.sa_port)
        return url.dropLast() + String(port)
    }

    private var recvMax: Int {
        var size = 0
        nng_socket_get_size(id, NNG_OPT_RECVMAXSZ, &size)
        return size
    }

    /// Connects, now or as soon as the peer listens, and again whenever the connection is lost.
    func dial(_ url: String) throws(NNGError) {
        try NNGError.check(
            nng_dial(id, url, nil, Int32(NNG_FLAG_NONBLOCK)),
            "connect to \(url)"
        )
    }

    func close() {
        if !isClosed.exchange(true, ordering: .acquiringAndReleasing) { nng_close(id) }
    }

    deinit { close() }
}
