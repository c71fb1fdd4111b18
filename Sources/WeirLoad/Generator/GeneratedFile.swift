import WeirCore

#if canImport(Glibc)
    import Glibc
#endif

/// Writes a generated stream to a file, or to standard output (`-`).
public struct GeneratedFile: Sendable {
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public var path: String
        public var reason: String
        public var description: String { "can't write \(path): \(reason)" }
    }

    /// Bytes of one write.
    private static let chunkBytes = 1 << 20

    private let settings: GeneratorSettings
    private let start: EventTime
    /// Events a second of event time.
    private let rate: Double
    private let lines: Int

    /// - Parameters:
    ///   - settings: valid ones.
    ///   - start: event time of the first event.
    ///   - rate: events a second of event time, above 0.
    public init(_ settings: GeneratorSettings, start: EventTime, rate: Double, lines: Int) {
        self.settings = settings
        self.start = start
        self.rate = rate
        self.lines = lines
    }

    /// Returns what was written, and its size in bytes.
    ///
    /// - Parameter progress: is told about once a chunk how many lines stand.
    public func write(
        to path: String,
        layout: WindowLayout = .standard,
        progress: (_ lines: Int, _ bytes: Int) -> Void
    ) throws(Failure) -> (tally: LoadTally, bytes: Int) {
        let descriptor = path == "-" ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure(path: path, reason: Self.reason) }
        defer { if path != "-" { close(descriptor) } }
        var generator = EventGenerator(settings)
        var tally = LoadTally(layout: layout)
        var buffer = LineBuffer(capacity: Self.chunkBytes + EventGenerator.lineBytesMax)
        var bytes = 0
        for line in 0..<lines {
            let time = start.advanced(byMicroseconds: Int64(Double(line) / rate * 1e6))
            tally.add(generator.next(at: time, into: &buffer))
            if buffer.count >= Self.chunkBytes || line == lines - 1 {
                try Self.writeAll(buffer.bytes, to: descriptor, path)
                bytes += buffer.count
                buffer.removeAll()
                progress(line + 1, bytes)
            }
        }
        tally.settle()
        return (tally, bytes)
    }

    private static var reason: String { String(cString: strerror(errno)) }

    private static func writeAll(
        _ bytes: UnsafeRawBufferPointer,
        to descriptor: Int32,
        _ path: String
    ) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(path: path, reason: reason)
            }
            written += count
        }
    }
}
