import CNNG
import Synchronization

/// The client side of request and reply (REQ): requests in flight side by side, each with a reply or an error.
///
/// Connects by itself with the first request, and again when the connection is lost. A request whose connection breaks is sent again by libnng after
/// ``resendTime``, and fails after its own timeout: so a server may see a request twice, and must not mind.
public final class RequestSocket: Sendable {
    /// A request without reply is sent again after this time.
    public static let resendTime = Duration.seconds(10)

    private let socket: Socket
    private let dialer: nng_dialer
    private let hasDialed = Atomic(false)
    private let url: String
    private let state: Mutex<State>
    private let limit: Int
    private let all: [Context]

    private struct Context: Sendable {
        let id: nng_ctx
        let io = AsyncIO()
    }

    private struct State {
        var free: [Context]
        var waiting: [CheckedContinuation<Context?, Never>] = []
        var isClosed = false
    }

    /// - Parameter url: of the server, which need not run yet.
    public init(_ url: String, tls: TLSCredentials? = nil, limits: NNGLimits = NNGLimits()) throws(NNGError) {
        self.url = url
        limit = limits.requestsWaiting
        socket = try Socket({ nng_req0_open($0) }, "open a request socket", tls: tls, limits: limits)
        nng_socket_set_ms(socket.id, NNG_OPT_REQ_RESENDTIME, Int32(clamping: Self.resendTime.milliseconds))
        dialer = try socket.dialer(to: url)
        var contexts: [Context] = []
        for _ in 0..<max(1, limits.requestsInFlight) {
            var context = nng_ctx()
            try NNGError.check(nng_ctx_open(&context, socket.id), "open a context")
            contexts.append(Context(id: context))
        }
        all = contexts
        state = Mutex(State(free: contexts))
    }

    /// Sends a request and awaits its reply. A task that is cancelled still waits for the reply or the timeout.
    ///
    /// - Parameter timeout: for sending and the reply together; a request that waits for a free place longer than that is not sent at all.
    /// - Throws: a timeout, ``NNGError/isClosed`` after ``close()``, or when too many requests wait already.
    public func request(_ bytes: [UInt8], timeout: Duration) async throws(NNGError) -> [UInt8] {
        let end = ContinuousClock.now + timeout
        let context = try await acquire()
        defer { release(context) }
        try connectOnce()
        guard ContinuousClock.now < end else { throw NNGError(NNGError.timedOut, "wait for a place to send to \(url)") }
        let sent = await context.io.run(timeout: end - .now) { aio in
            nng_aio_set_msg(aio, Message.make(bytes))
            nng_ctx_send(context.id, aio)
        }
        guard sent == 0 else {
            // What libnng did not take is still ours.
            if let unsent = context.io.takeMessage() { nng_msg_free(unsent) }
            throw NNGError(sent, "send to \(url)")
        }
        let received = await context.io.run(timeout: end - .now) { nng_ctx_recv(context.id, $0) }
        guard received == 0, let reply = context.io.takeMessage() else {
            throw NNGError(received, "wait for \(url)")
        }
        return Message.take(reply)
    }

    /// The first request connects, and not the socket's creation: a connection that is closed while it is being set up can stop the
    /// peer's listener for good (libnng 1.5, nanomsg/nng 1518), so none is made that may not be used.
    private func connectOnce() throws(NNGError) {
        guard !hasDialed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        do throws(NNGError) {
            try socket.start(dialer, to: url)
        } catch {
            hasDialed.store(false, ordering: .releasing)
            throw error
        }
    }

    /// Ends all requests with an error, and refuses further ones.
    public func close() {
        let waiting = state.withLock { state -> [CheckedContinuation<Context?, Never>] in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: nil) }
        socket.close(stopping: all.map(\.io))
    }

    deinit { close() }

    private func acquire() async throws(NNGError) -> Context {
        enum Decision {
            case take(Context)
            case wait
            case refuse
        }
        let context: Context? = await withCheckedContinuation { continuation in
            let decision: Decision = state.withLock { state in
                if state.isClosed { return .refuse }
                if let context = state.free.popLast() { return .take(context) }
                if state.waiting.count >= limit { return .refuse }
                state.waiting.append(continuation)
                return .wait
            }
            switch decision {
            case .take(let context): continuation.resume(returning: context)
            case .refuse: continuation.resume(returning: nil)
            case .wait: break
            }
        }
        guard let context else {
            let isClosed = state.withLock { $0.isClosed }
            throw NNGError(isClosed ? NNGError.closed : NNGError.tooMany, "request to \(url)")
        }
        return context
    }

    private func release(_ context: Context) {
        let next = state.withLock { state -> CheckedContinuation<Context?, Never>? in
            if state.waiting.isEmpty {
                state.free.append(context)
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: context)
    }
}
