import CNNG
import Dispatch
import Synchronization

/// An open `nng_socket` with its options. It is closed once, in one place: after every aio that uses it has been stopped.
///
/// libnng 1.5.2 can panic when a socket is closed while it is used (nanomsg/nng 2110, 2238), and `nng_close` can wait for ever (1543,
/// 1813). So users stop first, and closing runs on a thread of its own, where it can hold up nobody.
final class Socket: Sendable {
    let id: nng_socket
    private let tls: TLSCredentials
    private let messageBytesMax: Int
    private let notice: DisconnectNotice?
    private let closing = ClosingState()

    init(
        _ open: (UnsafeMutablePointer<nng_socket>) -> Int32,
        _ operation: String,
        tls: TLSCredentials? = nil,
        limits: NNGLimits,
        notice: DisconnectNotice? = nil
    ) throws(NNGError) {
        var id = nng_socket()
        try NNGError.check(open(&id), operation)
        self.id = id
        self.notice = notice
        self.tls = tls ?? TLSCredentials()
        messageBytesMax = max(1, limits.messageBytesMax)
        nng_socket_set_size(id, NNG_OPT_RECVMAXSZ, messageBytesMax)
        nng_socket_set_ms(id, NNG_OPT_RECONNMINT, Int32(clamping: limits.reconnectMin.milliseconds))
        nng_socket_set_ms(id, NNG_OPT_RECONNMAXT, Int32(clamping: limits.reconnectMax.milliseconds))
        try notice?.begin(on: id)
    }

    /// Starts to listen, without TLS. Returns the URL with the port that was bound where 0 was asked for.
    func listen(_ url: String) throws(NNGError) -> String {
        var listener = nng_listener()
        try NNGError.check(nng_listener_create(&listener, id, url), "listen on \(url)")
        do throws(NNGError) {
            nng_listener_set_size(listener, NNG_OPT_RECVMAXSZ, messageBytesMax)
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

    /// What connects to a URL, once it is started.
    func dialer(to url: String) throws(NNGError) -> nng_dialer {
        var dialer = nng_dialer()
        try NNGError.check(nng_dialer_create(&dialer, id, url), "connect to \(url)")
        do throws(NNGError) {
            if TLSCredentials.isNeeded(for: url) {
                let target = dialer
                try tls.withConfiguration(for: url) {
                    nng_dialer_set_ptr(target, NNG_OPT_TLS_CONFIG, UnsafeMutableRawPointer($0))
                }
            }
        } catch {
            nng_dialer_close(dialer)
            throw error
        }
        return dialer
    }

    /// Connects, now or as soon as the peer listens, and again whenever the connection is lost.
    func start(_ dialer: nng_dialer, to url: String) throws(NNGError) {
        do throws(NNGError) {
            try NNGError.check(nng_dialer_start(dialer, Int32(NNG_FLAG_NONBLOCK)), "connect to \(url)")
        } catch {
            nng_dialer_close(dialer)
            throw error
        }
    }

    /// Closes, behind the caller's back: what uses the socket is stopped, then the socket is closed. Does nothing the second time.
    ///
    /// - Parameter operations: every aio that may be under way on the socket.
    func close(stopping operations: [AsyncIO] = []) {
        let isFirst = closing.withLock { closing in
            guard case .open = closing else { return false }
            closing = .closing([])
            return true
        }
        guard isFirst else { return }
        let id = id
        let closing = closing
        let notice = notice
        Self.whenever {
            if notice != nil { DisconnectNotice.end(on: id) }
            for operation in operations { operation.stop() }
            nng_close(id)
            withExtendedLifetime(notice) {}
            let waiting = closing.withLock { closing -> [@Sendable () -> Void] in
                defer { closing = .closed }
                if case .closing(let waiting) = closing { return waiting }
                return []
            }
            for notify in waiting { notify() }
        }
    }

    /// Closes, and waits until the socket is closed and its addresses are free. Returns whether that happened within the time.
    func close(stopping operations: [AsyncIO], within time: Duration) async -> Bool {
        close(stopping: operations)
        return await withCheckedContinuation { continuation in
            let answer = Answer(continuation)
            let isClosed = closing.withLock { closing in
                guard case .closing(let waiting) = closing else { return true }
                closing = .closing(waiting + [{ answer.give(true) }])
                return false
            }
            if isClosed { return answer.give(true) }
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(time.milliseconds))) {
                answer.give(false)
            }
        }
    }

    deinit { close() }

    /// Runs what may block, for as long as it takes, where it holds up nobody.
    static func whenever(_ body: @escaping @Sendable () -> Void) {
        DispatchQueue.global().async(execute: body)
    }

    private enum Closing {
        case open
        /// With those who wait for the end.
        case closing([@Sendable () -> Void])
        case closed
    }

    /// Resumes a continuation once.
    private final class Answer: Sendable {
        private let continuation: Mutex<CheckedContinuation<Bool, Never>?>

        init(_ continuation: CheckedContinuation<Bool, Never>) {
            self.continuation = Mutex(continuation)
        }

        func give(_ answer: Bool) {
            continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }?.resume(returning: answer)
        }
    }

    private final class ClosingState: Sendable {
        private let state = Mutex(Closing.open)

        func withLock<Value: Sendable>(_ body: (inout Closing) -> Value) -> Value {
            state.withLock { state in
                var copy = state
                defer { state = copy }
                return body(&copy)
            }
        }
    }
}
