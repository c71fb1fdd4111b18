import WeirCore

// Optional fields, which a minor version may add behind the body of a message: a tag ≥ 1, a length, and that many bytes, for each;
// tags ascend. Who does not know a tag skips it.

extension ByteWriter {
    /// Writes a field. Call in ascending order of tags, after the body.
    mutating func field(_ tag: UInt64, _ body: (inout ByteWriter) -> Void) {
        var writer = ByteWriter()
        body(&writer)
        varint(tag)
        blob(writer.bytes)
    }
}

extension ByteReader {
    /// Reads fields up to the end of the bytes.
    ///
    /// - Parameter known: is given each tag with its bytes; reads what it knows, and may leave bytes, which a later minor has added.
    mutating func fields(
        _ known: (UInt64, inout ByteReader) throws(DecodingFailure) -> Void
    ) throws(DecodingFailure) {
        var last: UInt64 = 0
        while !isAtEnd {
            let tag = try varint()
            guard tag > last else { throw .invalid("field \(tag) after field \(last)") }
            last = tag
            var reader = ByteReader(try slice(try count()))
            try known(tag, &reader)
        }
    }
}

/// Encodes a message: its version, its body, and optional fields if it has any.
func encodeMessage(reserving bytes: Int = 64, _ body: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    writer.reserve(bytes)
    ProtocolVersion.current.encode(into: &writer)
    body(&writer)
    return writer.bytes
}

/// Decodes a whole message.
///
/// - Parameters:
///   - body: reads what every minor version has.
///   - field: takes over an optional field by its tag; by default all are skipped.
func decodeMessage<Message>(
    _ bytes: [UInt8],
    _ body: (inout ByteReader) throws(DecodingFailure) -> Message,
    field: (inout Message, UInt64, inout ByteReader) throws(DecodingFailure) -> Void = { _, _, _ in }
) throws(DecodingFailure) -> Message {
    let result: Result<Message, DecodingFailure> = bytes.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        var version = ProtocolVersion.current
        do throws(DecodingFailure) {
            version = try ProtocolVersion(decoding: &reader)
            var message = try body(&reader)
            try reader.fields { tag, reader throws(DecodingFailure) in try field(&message, tag, &reader) }
            return .success(message)
        } catch {
            if case .invalid(let what) = error, version.minor > ProtocolVersion.current.minor {
                // Most likely a kind of message that came with the newer minor.
                return .failure(
                    .invalid(
                        "\(what); the sender speaks protocol \(version), and this build \(ProtocolVersion.current): upgrade this node"
                    )
                )
            }
            return .failure(error)
        }
    }
    return try result.get()
}

/// Decodes what lies within a message or in the journal, and has a version of its own or none.
///
/// - Parameter field: takes over an optional field behind it by its tag; by default all are skipped.
func decodeWhole<Value>(
    _ bytes: [UInt8],
    _ body: (inout ByteReader) throws(DecodingFailure) -> Value,
    field: (inout Value, UInt64, inout ByteReader) throws(DecodingFailure) -> Void = { _, _, _ in }
) throws(DecodingFailure) -> Value {
    let result: Result<Value, DecodingFailure> = bytes.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        do throws(DecodingFailure) {
            var value = try body(&reader)
            try reader.fields { tag, reader throws(DecodingFailure) in try field(&value, tag, &reader) }
            return .success(value)
        } catch { return .failure(error) }
    }
    return try result.get()
}
