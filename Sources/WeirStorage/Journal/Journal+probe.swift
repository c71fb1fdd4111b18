import Glibc

extension Journal {
    /// Bytes that ``probe()`` writes: room for less is none.
    private static let probeBytes = 64 << 10

    /// Tries whether the journal's file system takes writes, with a file beside the journal. Returns why not. One sync.
    public func probe() -> JournalFailure? {
        let path = directory + ".probe"
        let descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return .system(errno: errno, doing: "create", path: path) }
        defer {
            close(descriptor)
            unlink(path)
        }
        let bytes = [UInt8](repeating: 0, count: Self.probeBytes)
        let written = write(descriptor, bytes, bytes.count)
        guard written == bytes.count else {
            return .system(errno: written < 0 ? errno : ENOSPC, doing: "write", path: path)
        }
        guard fdatasync(descriptor) == 0 else { return .system(errno: errno, doing: "sync", path: path) }
        return nil
    }
}
