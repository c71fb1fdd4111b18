import NIOCore
import Synchronization

/// The part of a ``ReplySocket`` that is reached over TLS.
final class TLSReplies: SPConnectionOwner {
    private let listener: TLSListener
    private let requests = WaitingRequests()
    private let disconnected: (@Sendable (ConnectionID) -> Void)?
    /// Replies that are not with the kernel yet.
    private let unsent = Atomic(0)
    private let busy = Atomic(0)

    /// Pause between two looks at whether all replies are sent.
    private static let tick = Duration.milliseconds(10)

    init(
        _ contexts: TLSContexts?,
        _ limits: NNGLimits,
        disconnected: (@Sendable (ConnectionID) -> Void)?,
        refused: (@Sendable (TLSRefusal) -> Void)?
    ) {
        listener = TLSListener(speaking: .reply, contexts, limits, refused: refused)
        self.disconnected = disconnected
    }

    func listen(_ url: String) throws(NNGError) -> String { try listener.listen(url, for: self) }

    /// Answers one request at a time until ``refuseRequests()``.
    func serve(_ handler: @Sendable ([UInt8], ConnectionID) async -> [UInt8]) async {
        while let request = await requests.next() {
            busy.add(1, ordering: .acquiringAndReleasing)
            request.line.taken()
            let bytes = Array(request.message.body.readableBytesView)
            let reply = bytes == ReplySocket.probe ? bytes : await handler(bytes, request.line.id)
            send(request.message.reply(reply), by: request.line)
            busy.subtract(1, ordering: .acquiringAndReleasing)
        }
    }

    private func send(_ reply: ByteBuffer, by line: SPLine) {
        unsent.add(1, ordering: .acquiringAndReleasing)
        // What is sent to a peer that has gone is lost, and asked for again.
        line.channel.writeAndFlush(reply).whenComplete { [self] _ in
            unsent.subtract(1, ordering: .acquiringAndReleasing)
        }
    }

    /// Whether requests are under way, or replies.
    var isBusy: Bool {
        busy.load(ordering: .acquiring) > 0 || unsent.load(ordering: .acquiring) > 0
    }

    /// Takes no further request.
    func refuseRequests() { requests.close() }

    /// Closes, after replies under way have had so much time. Returns when the addresses are free.
    func close(within time: Duration) async {
        refuseRequests()
        await listener.stop()
        let end = ContinuousClock.now + time
        while isBusy, ContinuousClock.now < end { try? await Task.sleep(for: Self.tick) }
        listener.close()
    }

    /// Closes at once.
    func close() {
        refuseRequests()
        listener.close()
    }

    // MARK: - Connections

    func opened(_ line: SPLine) {}

    func received(_ message: ByteBuffer, by line: SPLine) throws(SPFailure) -> Bool {
        guard let message = try RequestMessage(message) else { return false }
        requests.add(TLSRequest(message: message, line: line))
        return true
    }

    func ended(_ line: SPLine) {
        if !listener.isClosed { disconnected?(line.id) }
    }
}
