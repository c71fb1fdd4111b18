import NIOCore

/// A message of REQ: words that say where the reply goes, the last of them with its highest bit set, and the body.
struct RequestMessage: Equatable {
    /// Goes back before the reply, as it came.
    var route: ByteBuffer
    var body: ByteBuffer

    /// Words of the route at most, as in libnng (`NNG_OPT_MAXTTL`).
    static let wordsMax = 8
    private static let wordBytes = 4

    /// - Returns: nil when the route is too long: such a message goes in circles, and is dropped.
    init?(_ message: ByteBuffer) throws(SPFailure) {
        var body = message
        for words in 1...Self.wordsMax {
            guard let word = body.readInteger(as: UInt32.self) else { throw .noRequest }
            guard word & 0x8000_0000 != 0 else { continue }
            // It has just been read.
            route = message.getSlice(at: message.readerIndex, length: words * Self.wordBytes)!
            self.body = body
            return
        }
        return nil
    }

    /// The reply, with its length before it.
    func reply(_ bytes: [UInt8]) -> ByteBuffer {
        let count = route.readableBytes + bytes.count
        var frame = ByteBufferAllocator().buffer(capacity: MemoryLayout<UInt64>.size + count)
        frame.writeInteger(UInt64(count))
        frame.writeImmutableBuffer(route)
        frame.writeBytes(bytes)
        return frame
    }
}
