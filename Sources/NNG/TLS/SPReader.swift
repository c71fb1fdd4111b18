import NIOCore

/// Takes the bytes of one side of a connection apart, in pieces of any size: its header, then messages.
///
/// Holds the message that is not complete, and nothing of those that are. What it has refused once it must not be given more of.
struct SPReader {
    private enum Expectation {
        /// Next: length.
        case header
        /// Next: message.
        case length
        /// Of so many bytes. Next: length.
        case message(Int)
    }

    private let peer: SPProtocol
    private let messageBytesMax: Int
    private var expectation = Expectation.header
    /// What there is of that which is expected.
    private var part = ByteBuffer()

    /// - Parameters:
    ///   - peer: what the other side has to speak.
    ///   - messageBytesMax: length of the longest message that is taken, in bytes.
    init(from peer: SPProtocol, messageBytesMax: Int) {
        self.peer = peer
        self.messageBytesMax = messageBytesMax
    }

    /// Whether the header has come.
    var hasMet: Bool {
        if case .header = expectation { return false }
        return true
    }

    /// The next complete message, of what came before and of the chunk; nil when the chunk is used up. A message that lies within the chunk shares its
    /// memory. O(bytes), amortised.
    ///
    /// - Throws: as soon as a header or a length is there that is not taken.
    mutating func next(from chunk: inout ByteBuffer) throws(SPFailure) -> ByteBuffer? {
        while true {
            switch expectation {
            case .header:
                guard let word = word(from: &chunk) else { return nil }
                guard let number = SPProtocol.number(inHeader: word) else { throw .noHeader }
                guard number == peer.rawValue else { throw .wrongProtocol(number, expected: peer) }
                expectation = .length
            case .length:
                guard let bytes = word(from: &chunk) else { return nil }
                guard bytes <= messageBytesMax else { throw .tooLarge(bytes: bytes, bytesMax: messageBytesMax) }
                expectation = .message(Int(bytes))
            case .message(let bytes):
                guard let message = gather(bytes, from: &chunk) else { return nil }
                expectation = .length
                return message
            }
        }
    }

    private mutating func word(from chunk: inout ByteBuffer) -> UInt64? {
        var bytes = gather(MemoryLayout<UInt64>.size, from: &chunk)
        return bytes?.readInteger()
    }

    private mutating func gather(_ count: Int, from chunk: inout ByteBuffer) -> ByteBuffer? {
        if part.readableBytes == 0, let whole = chunk.readSlice(length: count) { return whole }
        if var piece = chunk.readSlice(length: min(count - part.readableBytes, chunk.readableBytes)) {
            part.writeBuffer(&piece)
        }
        guard part.readableBytes == count else { return nil }
        defer { part = ByteBuffer() }
        return part
    }
}
