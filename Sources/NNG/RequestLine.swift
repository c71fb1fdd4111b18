import CNNG
import Synchronization

/// A REQ socket with one dialer: requests in flight side by side, each with a reply or an error.
///
/// Connects with the first request, and again when the connection is lost, as far as libnng 1.5.2 does. It does not when…
///
/// - a peer on `ipc` closes a connection before libnng has sent its header: the error is `EPIPE`, which libnng calls `NNG_ECLOSED`
///   (`posix_debug.c`), and the dialer takes that for its own end (`dialer_connect_cb`: "no further action"). A process that dies while it is
///   dialled does so. Mended in 1.6.0 (nanomsg/nng 1518).
/// - a TLS connection breaks between two reads, or between sending and reading the header: `tls_tcp_error` finds nobody to tell and stops the
///   aios of the connection, and the read that comes then waits for ever (`tls_common.c`), its timeout having nothing to cancel. So libnng keeps
///   a connection that there is no more.
/// - a host dies without a word: until the kernel gives its connections up, a quarter of an hour by default.
///
/// All three look alike from here: nothing is answered. ``RequestSocket`` opens another line then, and retires this one.
final class RequestLine: Sendable {
    private let url: String
    private let socket: Socket
    private let dialer: nng_dialer
    private let hasDialed = Atomic(false)
    private let contexts: [Context]
    private let waitingMax: Int
    private let state: Mutex<State>

    private struct Context: Sendable {
        let id: nng_ctx
        let io = AsyncIO()
    }

    /// From open to retired to ended, or from any to closed.
    private enum Phase {
        case open
        /// Takes no request any more; closes when those in flight have ended.
        case retired
        /// They have.
        case ended
        /// By its owner: there is no other line either.
        case closed
    }

    private struct State {
        var phase = Phase.open
        var free: [Context]
        var waiting: [CheckedContinuation<Place, Never>] = []
        var silence: Silence
    }

    /// What a request finds that wants to be sent.
    private enum Place {
        case context(Context)
        /// The line is given up, or is about to be.
        case elsewhere
        /// With libnng's error number.
        case refused(Int32)
    }

    init(
        _ url: String,
        tls: TLSCredentials?,
        limits: NNGLimits,
        resendTime: Duration,
        silence: Silence
    ) throws(NNGError) {
        self.url = url
        waitingMax = limits.requestsWaiting
        socket = try Socket({ nng_req0_open($0) }, "open a request socket", tls: tls, limits: limits)
        nng_socket_set_ms(socket.id, NNG_OPT_REQ_RESENDTIME, Int32(clamping: resendTime.milliseconds))
        dialer = try socket.dialer(to: url)
        var contexts: [Context] = []
        for _ in 0..<max(1, limits.requestsInFlight) {
            var context = nng_ctx()
            try NNGError.check(nng_ctx_open(&context, socket.id), "open a context")
            contexts.append(Context(id: context))
        }
        self.contexts = contexts
        state = Mutex(State(free: contexts, silence: silence))
    }

    deinit { close() }

    /// For how long nothing was answered, and what the line is given at most.
    var silence: Silence { state.withLock { $0.silence } }

    /// Whether it was retired, and has closed itself.
    var hasEnded: Bool { state.withLock { $0.phase == .ended } }

    /// Sends a request and awaits its reply. Returns nil when the line was given up before the request was sent: it is to go by the current one.
    func request(_ bytes: [UInt8], until end: ContinuousClock.Instant) async throws(NNGError) -> [UInt8]? {
        state.withLock { $0.silence.asked(at: .now) }
        let context: Context
        switch await place() {
        case .context(let free): context = free
        case .elsewhere:
            state.withLock { $0.silence.unanswered(at: .now) }
            return nil
        case .refused(let code):
            state.withLock { $0.silence.unanswered(at: .now) }
            throw NNGError(code, "request to \(url)")
        }
        do throws(NNGError) {
            let reply = try await exchange(bytes, over: context, until: end)
            release(context, isAnswered: true)
            return reply
        } catch {
            release(context, isAnswered: false)
            throw error
        }
    }

    private func exchange(
        _ bytes: [UInt8],
        over context: Context,
        until end: ContinuousClock.Instant
    ) async throws(NNGError) -> [UInt8] {
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

    /// Takes no further request. Those in flight go on to their replies or timeouts; then the socket is closed, which 1.5.2 bears when nothing
    /// uses it. Those that wait for a place are told to go elsewhere.
    func retire() {
        let (waiting, isIdle) = state.withLock { state in
            guard case .open = state.phase else { return ([CheckedContinuation<Place, Never>](), false) }
            state.phase = .retired
            defer { state.waiting = [] }
            return (state.waiting, endIfIdle(&state))
        }
        for continuation in waiting { continuation.resume(returning: .elsewhere) }
        if isIdle { closeSocket() }
    }

    private func endIfIdle(_ state: inout State) -> Bool {
        guard state.phase == .retired, state.free.count == contexts.count else { return false }
        state.phase = .ended
        return true
    }

    /// Ends all requests with an error, and refuses further ones.
    func close() {
        let waiting = state.withLock { state in
            state.phase = .closed
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: .refused(NNGError.closed)) }
        closeSocket()
    }

    private func closeSocket() { socket.close(stopping: contexts.map(\.io)) }

    private func place() async -> Place {
        await withCheckedContinuation { continuation in
            let place: Place? = state.withLock { state in
                switch state.phase {
                case .open: break
                case .retired, .ended: return .elsewhere
                case .closed: return .refused(NNGError.closed)
                }
                if let context = state.free.popLast() { return .context(context) }
                if state.waiting.count >= waitingMax { return .refused(NNGError.tooMany) }
                state.waiting.append(continuation)
                return nil
            }
            if let place { continuation.resume(returning: place) }
        }
    }

    /// Makes room for those who wait: for one, or on a line that has been silent for too long for all of them, to go elsewhere.
    private func release(_ context: Context, isAnswered: Bool) {
        let (next, elsewhere, isIdle) = state.withLock { state in
            if isAnswered { state.silence.answered(at: .now) } else { state.silence.unanswered(at: .now) }
            if state.waiting.isEmpty || state.silence.isTooLong(at: .now) {
                defer { state.waiting = [] }
                state.free.append(context)
                return (CheckedContinuation<Place, Never>?.none, state.waiting, endIfIdle(&state))
            }
            return (state.waiting.removeFirst(), [], false)
        }
        next?.resume(returning: .context(context))
        for continuation in elsewhere { continuation.resume(returning: .elsewhere) }
        if isIdle { closeSocket() }
    }
}
