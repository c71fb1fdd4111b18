import NNG
import WeirWire

/// Publishes intents to whoever listens (nng PUB): the topic, a space, the intent's JSON. A live tail: nobody waits for slow or absent
/// subscribers.
public struct PublishSink: IntentSink {
    /// The URL that was bound.
    public let url: String
    public var name: String { url }
    private let socket: PublishSocket

    /// - Parameters:
    ///   - tls: for a `tls+tcp://` URL.
    ///   - refused: is told whom the listener has closed, and why; must return at once.
    public init(
        url: String,
        tls: TLSContexts? = nil,
        refused: (@Sendable (TLSRefusal) -> Void)? = nil
    ) throws(NNGError) {
        socket = try PublishSocket(tls: tls, refused: refused)
        self.url = try socket.listen(url)
    }

    public func carryOut(_ intent: LeasedIntent) async throws {
        try socket.publish(Array(intent.topic.utf8) + [0x20] + intent.json)
    }

    public func close() async { socket.close() }
}
