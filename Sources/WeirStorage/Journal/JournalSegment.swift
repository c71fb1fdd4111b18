import CCRC32C
import Foundation
import WeirCore
import WeirWire

/// An open file of the journal; closed when the last user lets go of it, also after its name is gone.
///
/// It begins with 32 bytes: the magic number, the sequence of its first record, the newest event time before that, CRC-32C of these 24
/// bytes, four zeros. Records follow (``JournalRecord``).
final class JournalSegment: Sendable {
    static let magic: UInt64 = 0x314C_4E4A_5249_4557  // "WEIRJNL1"
    static let headerBytes = 32
    static let suffix = ".journal"

    let path: String
    let descriptor: Int32
    let first: FrameSequence
    let newestBefore: EventTime?

    private init(path: String, descriptor: Int32, first: FrameSequence, newestBefore: EventTime?) {
        self.path = path
        self.descriptor = descriptor
        self.first = first
        self.newestBefore = newestBefore
    }

    deinit { close(descriptor) }

    /// The name of the segment that begins with a sequence: in order of names, segments are in order of sequences.
    static func name(first: FrameSequence) -> String {
        let digits = String(first.value)
        return String(repeating: "0", count: 20 - digits.count) + digits + suffix
    }

    /// Creates an empty segment, durably. One of the same name, left by an attempt that failed, is replaced.
    static func create(
        in directory: String,
        first: FrameSequence,
        newest: EventTime?
    ) throws(JournalFailure) -> JournalSegment {
        let path = directory + "/" + name(first: first)
        let descriptor = Glibc.open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system(errno: errno, doing: "create", path: path) }
        let segment = JournalSegment(path: path, descriptor: descriptor, first: first, newestBefore: newest)
        var writer = ByteWriter()
        writer.fixed(magic)
        writer.fixed(first.value)
        writer.fixed(newest?.microseconds ?? .min)
        let crc = writer.bytes.withUnsafeBytes { weir_crc32c(0, $0.baseAddress, $0.count) }
        writer.fixed(crc)
        writer.fixed(UInt32(0))
        do throws(JournalFailure) {
            try segment.write(writer.bytes, at: 0)
            try segment.sync()
            try syncDirectory(directory)
        } catch {
            unlink(path)
            throw error
        }
        return segment
    }

    /// The names of a directory's segments, in order of sequences.
    static func names(in directory: String) throws(JournalFailure) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(suffix) }
                .sorted()
        } catch {
            throw .system(errno: errno, doing: "list", path: directory)
        }
    }

    /// Opens a segment. Nil when its header was not written whole: it holds nothing.
    static func open(_ path: String) throws(JournalFailure) -> JournalSegment? {
        let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno: errno, doing: "open", path: path) }
        guard let (first, newest) = header(of: descriptor) else {
            close(descriptor)
            return nil
        }
        return JournalSegment(path: path, descriptor: descriptor, first: first, newestBefore: newest)
    }

    /// Opens a segment for reading alone, also one without a whole header: its name has the sequence of its first record. Nil when it is
    /// not there any more.
    static func openToRead(_ path: String) throws(JournalFailure) -> (segment: JournalSegment, hasHeader: Bool)? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw .system(errno: errno, doing: "open", path: path) }
        if let (first, newest) = header(of: descriptor) {
            return (JournalSegment(path: path, descriptor: descriptor, first: first, newestBefore: newest), true)
        }
        let digits = path.split(separator: "/").last?.dropLast(suffix.count) ?? ""
        guard let first = UInt64(digits), first > 0 else {
            close(descriptor)
            throw .notASegment(path: path, reason: "its header is broken, and its name is not that of a segment")
        }
        let segment = JournalSegment(
            path: path,
            descriptor: descriptor,
            first: FrameSequence(first),
            newestBefore: nil
        )
        return (segment, false)
    }

    /// The sequence of the first record and the newest event time before it; nil when they were not written whole.
    private static func header(of descriptor: Int32) -> (FrameSequence, EventTime?)? {
        var header = [UInt8](repeating: 0, count: headerBytes)
        let count = pread(descriptor, &header, headerBytes, 0)
        return header.withUnsafeBytes { bytes in
            guard count == headerBytes, UInt64(littleEndian: bytes.load(as: UInt64.self)) == magic,
                weir_crc32c(0, bytes.baseAddress, 24)
                    == UInt32(littleEndian: bytes.load(fromByteOffset: 24, as: UInt32.self))
            else { return nil }
            let newest = Int64(littleEndian: bytes.load(fromByteOffset: 16, as: Int64.self))
            return (
                FrameSequence(UInt64(littleEndian: bytes.load(fromByteOffset: 8, as: UInt64.self))),
                newest == .min ? nil : EventTime(microseconds: newest)
            )
        }
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(JournalFailure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + done, $0.count - done, off_t(offset + done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system(errno: count < 0 ? errno : EIO, doing: "write to", path: path) }
            done += count
        }
    }

    /// Bytes of a range of the file; fewer where it ends.
    func read(_ range: Range<Int>) throws(JournalFailure) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, done in
            while done < range.count {
                let count = pread(
                    descriptor,
                    buffer.baseAddress! + done,
                    range.count - done,
                    off_t(range.lowerBound + done)
                )
                if count < 0, errno == EINTR { continue }
                if count < 0 { failure = errno }
                guard count > 0 else { return }
                done += count
            }
        }
        guard failure == 0 else { throw .system(errno: failure, doing: "read", path: path) }
        return bytes
    }

    func sync() throws(JournalFailure) {
        guard fdatasync(descriptor) == 0 else { throw .system(errno: errno, doing: "sync", path: path) }
    }

    func truncate(to bytes: Int) throws(JournalFailure) {
        guard ftruncate(descriptor, off_t(bytes)) == 0 else {
            throw .system(errno: errno, doing: "cut", path: path)
        }
    }

    func size() throws(JournalFailure) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errno: errno, doing: "look at", path: path) }
        return Int(status.st_size)
    }

    /// Makes created and removed names durable.
    static func syncDirectory(_ path: String) throws(JournalFailure) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno: errno, doing: "open", path: path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(errno: errno, doing: "sync", path: path) }
    }
}
