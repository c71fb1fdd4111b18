import CNNG

/// The body of a message to or from libnng, copied once on each side.
enum Message {
    /// A new `nng_msg`; the caller owns it until a send succeeds.
    static func make(_ bytes: [UInt8]) -> OpaquePointer {
        var message: OpaquePointer?
        precondition(nng_msg_alloc(&message, bytes.count) == 0, "out of memory: no room for a message")
        bytes.withUnsafeBytes { source in
            if source.count > 0 {
                nng_msg_body(message)!.copyMemory(from: source.baseAddress!, byteCount: source.count)
            }
        }
        return message!
    }

    /// The bytes of a message, which is freed.
    static func take(_ message: OpaquePointer) -> [UInt8] {
        defer { nng_msg_free(message) }
        return Array(UnsafeRawBufferPointer(start: nng_msg_body(message), count: nng_msg_len(message)))
    }
}
