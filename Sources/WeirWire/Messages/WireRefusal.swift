import WeirCore

/// The answer to a message that can't be read at all, in a form that never changes: the byte 0, the major and minor version of who
/// refuses, and to the end a text in UTF-8.
public struct WireRefusal: Sendable, Equatable {
    /// Longest text that is taken in, in bytes; a longer one is cut.
    public static let reasonBytesMax = 4096

    /// Of who refuses.
    public var version: ProtocolVersion
    /// What is wrong, and what to do.
    public var reason: String

    public init(reason: String) {
        version = .current
        self.reason = reason
    }

    /// The refusal of a message that could not be decoded.
    public init(_ failure: DecodingFailure) {
        self.init(reason: failure.description)
    }

    public var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.byte(MessageLead.refusal)
        version.encode(into: &writer)
        writer.raw(reason.utf8.prefix(Self.reasonBytesMax))
        return writer.bytes
    }

    /// Reads what follows the first byte.
    init(afterLead reader: inout ByteReader) throws(DecodingFailure) {
        version = ProtocolVersion(major: try reader.byte(), minor: try reader.byte())
        let text = try reader.slice(min(reader.remaining, Self.reasonBytesMax))
        reason = String(decoding: text, as: UTF8.self)
        _ = try reader.slice(reader.remaining)
    }

    /// The refusal that some bytes are; nil when they are something else.
    public init?(_ bytes: [UInt8]) {
        guard bytes.first == MessageLead.refusal else { return nil }
        let refusal = bytes.withUnsafeBytes { raw -> WireRefusal? in
            var reader = ByteReader(raw)
            _ = try? reader.byte()
            return try? WireRefusal(afterLead: &reader)
        }
        guard let refusal else { return nil }
        self = refusal
    }
}
