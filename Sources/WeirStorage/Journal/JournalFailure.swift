import Glibc

/// Why the journal can't be opened, written or read, with what an operator can do.
public enum JournalFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// A system call failed: `errno`, what was being done, and the file.
    case system(errno: Int32, doing: String, path: String)
    /// A file in the journal's directory is not one of its segments.
    case notASegment(path: String, reason: String)
    /// A directory that is to be read is no journal's, or everything in it is gone.
    case noSegments(path: String)

    /// Whether space may make it work again.
    public var isOutOfSpace: Bool {
        if case .system(let code, _, _) = self { code == ENOSPC || code == EDQUOT } else { false }
    }

    public var description: String {
        switch self {
        case .system(let code, let doing, let path):
            let advice =
                switch code {
                case ENOSPC, EDQUOT: "; free space on its file system"
                case EACCES, EPERM, EROFS: "; make the directory writable for the user that runs Weir"
                default: ""
                }
            return "\(doing) \(path): \(String(cString: strerror(code)))\(advice)"
        case .noSegments(let path):
            return
                "\(path): no segments of a journal are there; name the data directory of an ingest, its folder journal, or a copy"
        case .notASegment(let path, let reason):
            return "\(path): \(reason); move the file away, or point --data at the right directory"
        }
    }
}
