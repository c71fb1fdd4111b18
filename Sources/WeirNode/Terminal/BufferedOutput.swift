import Foundation

/// Lines to a file descriptor, in large writes. A closed pipe ends the process quietly, as `head` expects.
public struct BufferedOutput {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private static let bufferBytes = 1 << 16

    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    public mutating func line(_ bytes: [UInt8]) {
        buffer += bytes
        buffer.append(0x0A)
        if buffer.count >= Self.bufferBytes { flush() }
    }

    public mutating func line(_ text: String) {
        line(Array(text.utf8))
    }

    /// Text that has its line ends.
    mutating func text(_ bytes: [UInt8]) { buffer += bytes }

    public mutating func flush() {
        var written = 0
        buffer.withUnsafeBytes { bytes in
            while written < bytes.count {
                let count = write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                if count < 0 {
                    if errno == EINTR { continue }
                    if errno == EPIPE { exit(0) }
                    FileHandle.standardError.write(
                        Data("error: can't write the output: \(String(cString: strerror(errno)))\n".utf8)
                    )
                    exit(1)
                }
                written += count
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
