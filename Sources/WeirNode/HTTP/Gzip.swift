import CZlib

/// Decompression of gzip bodies (RFC 1952), also of several members one after the other.
enum Gzip {
    enum Failure: Error, Sendable, CustomStringConvertible {
        case tooLarge(limit: Int)
        case broken

        var description: String {
            switch self {
            case .tooLarge(let limit): "the body is longer than \(limit) bytes when decompressed; send smaller batches"
            case .broken: "the body is not whole gzip data"
            }
        }
    }

    /// - Parameter limit: bytes of the result.
    /// - Complexity: O(result).
    static func inflated(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        // 16: gzip and nothing else.
        guard inflateInit2_(&stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .broken
        }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        var failure: Failure?
        var isWhole = false
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            while failure == nil {
                let code = chunk.withUnsafeMutableBufferPointer { chunk in
                    stream.next_out = chunk.baseAddress
                    stream.avail_out = UInt32(chunk.count)
                    return inflate(&stream, Z_NO_FLUSH)
                }
                output += chunk[..<(chunk.count - Int(stream.avail_out))]
                if output.count > limit { failure = .tooLarge(limit: limit) }
                switch code {
                case Z_STREAM_END:
                    isWhole = true
                    if stream.avail_in == 0 { return }
                    isWhole = false
                    if inflateReset(&stream) != Z_OK { failure = .broken }
                case Z_OK:
                    if stream.avail_in == 0, stream.avail_out > 0 { return }
                default:
                    failure = .broken
                }
            }
        }
        if let failure { throw failure }
        guard isWhole else { throw .broken }
        return output
    }
}
