import WeirCore

/// A message with a checksum of its bytes, as it travels where no seal with the cluster secret proves that it is whole. TCP's own
/// checksum of 16 bits lets damage through that routers and network cards do (J. Stone, C. Partridge, "When the CRC and TCP checksum
/// disagree", SIGCOMM 2000), and a flipped bit in an aggregate or a position would be committed as if it were true.
///
/// | bytes | what |
/// |---|---|
/// | 1 | ``MessageLead/checked`` |
/// | 8 | ``XXHash64`` of the message, little-endian |
/// | … | the message |
public enum CheckedMessage {
    private static let headBytes = 9

    /// O(bytes).
    public static func wrap(_ message: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.reserve(headBytes + message.count)
        writer.byte(MessageLead.checked)
        writer.fixed(message.withUnsafeBytes { XXHash64.hash($0) })
        writer.raw(message)
        return writer.bytes
    }

    /// The message within. Refusals come through as they are: they only say what to repair. O(bytes).
    ///
    /// - Throws: when the bytes are not what was sent, or have no checksum.
    public static func unwrap(_ bytes: [UInt8]) throws(DecodingFailure) -> [UInt8] {
        if bytes.first == MessageLead.refusal { return bytes }
        guard bytes.first == MessageLead.checked, bytes.count >= headBytes else {
            throw .invalid(
                "the message has no checksum; run the same version of Weir, and the same security settings, on both sides"
            )
        }
        let isWhole = bytes.withUnsafeBytes { raw in
            let stated = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
            return XXHash64.hash(UnsafeRawBufferPointer(rebasing: raw[headBytes...])) == stated
        }
        guard isWhole else { throw .invalid("the message was damaged on its way: its checksum differs") }
        return Array(bytes[headBytes...])
    }
}
