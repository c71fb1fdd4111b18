import Foundation

/// A file or standard input in chunks that end with whole lines.
///
/// A regular file is mapped, and chunks are slices of the mapping; anything else is read. Used by one thread; chunks stay valid until
/// the input is closed (mapped) or as long as their storage (read).
final class LineChunks {
    /// Bytes of some whole lines, and what keeps them alive.
    struct Chunk: @unchecked Sendable {
        // Unchecked: the bytes are never written after the chunk is made.
        let bytes: UnsafeRawBufferPointer
        private let storage: ContiguousStorage?

        init(mapped bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
            storage = nil
        }

        init(storage: ContiguousStorage) {
            bytes = UnsafeRawBufferPointer(storage.bytes)
            self.storage = storage
        }
    }

    /// Bytes on the heap at a fixed address.
    final class ContiguousStorage {
        let bytes: UnsafeMutableRawBufferPointer

        init(copying source: UnsafeRawBufferPointer) {
            bytes = .allocate(byteCount: source.count, alignment: 64)
            bytes.copyMemory(from: source)
        }

        deinit { bytes.deallocate() }
    }

    /// Bytes of a chunk, unless a line is longer.
    private let chunkBytes: Int

    private let descriptor: Int32
    private var mapping: UnsafeRawBufferPointer?
    /// Bytes of a regular file up to the end of the last chunk.
    private(set) var offset = 0
    private var carry: [UInt8] = []
    private var isAtEnd = false
    /// Size of a regular file in bytes; nil for a stream.
    let size: Int?

    /// - Parameter path: a file, or `-` for standard input.
    init(path: String, chunkBytes: Int = 1 << 20) throws(InputError) {
        self.chunkBytes = chunkBytes
        if path == "-" {
            descriptor = STDIN_FILENO
        } else {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw InputError(path: path, code: errno) }
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw InputError(path: path, code: errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw InputError(path: path, code: EISDIR) }
        guard status.st_mode & S_IFMT == S_IFREG, path != "-" else {
            size = nil
            return
        }
        size = Int(status.st_size)
        if status.st_size > 0 {
            guard let mapped = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0),
                mapped != MAP_FAILED
            else { throw InputError(path: path, code: errno) }
            madvise(mapped, Int(status.st_size), MADV_SEQUENTIAL)
            mapping = UnsafeRawBufferPointer(start: mapped, count: Int(status.st_size))
        }
    }

    deinit {
        if let mapping { munmap(UnsafeMutableRawPointer(mutating: mapping.baseAddress!), mapping.count) }
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    /// Goes on in a regular file after some bytes of whole lines. Returns whether it has as many.
    func skip(_ bytes: Int) -> Bool {
        guard let size, bytes <= size else { return false }
        offset = bytes
        return true
    }

    /// The next chunk; nil at the end.
    func next() throws(InputError) -> Chunk? {
        if size != nil { return nextMapped() }
        return try nextRead()
    }

    private func nextMapped() -> Chunk? {
        guard let mapping, offset < mapping.count else { return nil }
        let start = offset
        var end = min(start + chunkBytes, mapping.count)
        if end < mapping.count {
            let rest = mapping.baseAddress! + end - 1
            if let newline = memchr(rest, 0x0A, mapping.count - end + 1) {
                end = UnsafeRawPointer(newline) - mapping.baseAddress! + 1
            } else {
                end = mapping.count
            }
        }
        offset = end
        return Chunk(mapped: UnsafeRawBufferPointer(rebasing: mapping[start..<end]))
    }

    private func nextRead() throws(InputError) -> Chunk? {
        while !isAtEnd {
            let before = carry.count
            carry.reserveCapacity(before + chunkBytes)
            var failure: Int32 = 0
            let block = [UInt8](unsafeUninitializedCapacity: chunkBytes) { buffer, count in
                var got: Int
                repeat { got = read(descriptor, buffer.baseAddress, chunkBytes) } while got < 0 && errno == EINTR
                if got < 0 { failure = errno }
                count = max(0, got)
            }
            guard failure == 0 else { throw InputError(path: "-", code: failure) }
            if block.isEmpty {
                isAtEnd = true
                break
            }
            carry += block
            if let end = block.lastIndex(of: 0x0A) {
                let whole = before + end + 1
                let chunk = carry.withUnsafeBytes {
                    Chunk(storage: ContiguousStorage(copying: UnsafeRawBufferPointer(rebasing: $0[..<whole])))
                }
                carry.removeFirst(whole)
                return chunk
            }
        }
        guard !carry.isEmpty else { return nil }
        defer { carry = [] }
        return carry.withUnsafeBytes { Chunk(storage: ContiguousStorage(copying: $0)) }
    }
}

/// An input that can't be read.
public struct InputError: Error, CustomStringConvertible {
    public let path: String
    public let code: Int32

    public var description: String {
        let name = path == "-" ? "standard input" : path
        return "can't read \(name): \(String(cString: strerror(code))); check the path and its permissions"
    }
}
