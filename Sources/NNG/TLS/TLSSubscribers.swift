import NIOCore
import Synchronization

/// The part of a ``PublishSocket`` that is reached over TLS. Subscribers choose themselves what they want of what they are sent.
final class TLSSubscribers: SPConnectionOwner {
    private let listener: TLSListener
    private let lines = Mutex<[ConnectionID: SPLine]>([:])

    init(_ contexts: TLSContexts?, _ limits: NNGLimits, refused: (@Sendable (TLSRefusal) -> Void)?) {
        listener = TLSListener(speaking: .publish, contexts, limits, refused: refused)
    }

    func listen(_ url: String) throws(NNGError) -> String { try listener.listen(url, for: self) }

    /// Sends to all, except to those that lag too far behind. Does not wait.
    func publish(_ bytes: [UInt8]) {
        let lines = lines.withLock { Array($0.values) }
        guard !lines.isEmpty else { return }
        var frame = ByteBufferAllocator().buffer(capacity: MemoryLayout<UInt64>.size + bytes.count)
        frame.writeInteger(UInt64(bytes.count))
        frame.writeBytes(bytes)
        for line in lines where line.channel.isWritable { line.channel.writeAndFlush(frame, promise: nil) }
    }

    func close() { listener.close() }

    // MARK: - Connections

    func opened(_ line: SPLine) { lines.withLock { $0[line.id] = line } }

    func received(_ message: ByteBuffer, by line: SPLine) throws(SPFailure) -> Bool { throw .unexpectedMessage }

    func ended(_ line: SPLine) { lines.withLock { _ = $0.removeValue(forKey: line.id) } }
}
