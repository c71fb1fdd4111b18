import Synchronization

/// The client side of request and reply (REQ): requests in flight side by side, each with a reply or an error.
///
/// Connects by itself with the first request, and again when the connection is lost. A request whose connection breaks is sent again by libnng after
/// ``resendTime``, and fails after its own timeout: so a server may see a request twice, and must not mind.
///
/// Where libnng 1.5.2 does not connect again, or the peer's host died without a word, requests are outstanding and none is answered. When that lasts
/// longer than ``NNGLimits/silenceMin``, new requests go by a fresh line; after each one that is as silent it may last twice as long, up to
/// ``NNGLimits/silenceMax``, until an answer comes. A peer that is slow, or stopped for a while, sees another connection and nothing worse: replies
/// that come by the old one are still given to who waits for them.
public final class RequestSocket: Sendable {
    /// A request without reply is sent again after this time.
    public static let resendTime = Duration.seconds(10)

    private let url: String
    private let tls: @Sendable () -> TLSCredentials?
    private let limits: NNGLimits
    private let renewed: (@Sendable (_ silence: Duration) -> Void)?
    private let state: Mutex<State>

    private struct State {
        var line: RequestLine
        /// Lines with requests that have yet to end, and such as have ended and not been noticed yet.
        var retired: [RequestLine] = []
        var isClosed = false
    }

    /// - Parameters:
    ///   - url: of the server, which need not run yet.
    ///   - tls: asked for again with each line that takes the place of a silent one, such as one that is refused because its certificate has ended.
    ///   - renewed: is told that a line was given up, and for how long it had been silent; must return at once.
    public init(
        _ url: String,
        tls: @autoclosure @escaping @Sendable () -> TLSCredentials? = nil,
        limits: NNGLimits = NNGLimits(),
        renewed: (@Sendable (_ silence: Duration) -> Void)? = nil
    ) throws(NNGError) {
        self.url = url
        self.tls = tls
        self.limits = limits
        self.renewed = renewed
        let silence = Silence(boundMin: limits.silenceMin, boundMax: limits.silenceMax)
        state = Mutex(State(line: try Self.line(url, tls(), limits, silence)))
    }

    /// Sends a request and awaits its reply. A task that is cancelled still waits for the reply or the timeout.
    ///
    /// - Parameter timeout: for sending and the reply together; a request that waits for a free place longer than that is not sent at all.
    /// - Throws: a timeout, ``NNGError/isClosed`` after ``close()``, or when too many requests wait already; and when a silent line is to be
    ///   replaced, what keeps a new one from being made, such as credentials that can't be read any more.
    public func request(_ bytes: [UInt8], timeout: Duration) async throws(NNGError) -> [UInt8] {
        let end = ContinuousClock.now + timeout
        while true {
            if let reply = try await currentLine(at: .now).request(bytes, until: end) { return reply }
        }
    }

    /// Ends all requests with an error, and refuses further ones.
    public func close() {
        let lines = state.withLock { state in
            state.isClosed = true
            return state.retired + [state.line]
        }
        for line in lines { line.close() }
    }

    deinit { close() }

    /// The line for a new request: a fresh one when that which there is has been silent for too long. Making one opens a socket and its
    /// contexts, and connects nowhere yet.
    private func currentLine(at now: ContinuousClock.Instant) throws(NNGError) -> RequestLine {
        let (line, silent) = try state.withLock { state throws(NNGError) -> (RequestLine, RequestLine?) in
            let line = state.line
            let silence = line.silence
            guard !state.isClosed, silence.isTooLong(at: now) else { return (line, nil) }
            state.retired.removeAll(where: \.hasEnded)
            guard state.retired.count < limits.linesRetired else { return (line, nil) }
            state.line = try Self.line(url, tls(), limits, silence.successor)
            state.retired.append(line)
            return (state.line, line)
        }
        if let silent {
            renewed?(silent.silence.length(at: now))
            silent.retire()
        }
        return line
    }

    private static func line(
        _ url: String,
        _ tls: TLSCredentials?,
        _ limits: NNGLimits,
        _ silence: Silence
    ) throws(NNGError) -> RequestLine {
        try RequestLine(url, tls: tls, limits: limits, resendTime: resendTime, silence: silence)
    }
}
