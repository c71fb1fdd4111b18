import Foundation
import WeirCore
import WeirWire

/// The directory of one node's data, held by one process at a time.
///
/// `node_id`, `incarnation`, `weir.lock`, `journal/` (the ingest's), `weir.sqlite` (the coordinator's), `metrics_recorded.ndjson` and `metrics_alert.ndjson` (the executor's).
public final class DataDirectory: Sendable {
    public let path: String
    /// A random id, made with the directory.
    public let nodeID: String
    private let lock: Int32

    public init(_ path: String) throws(DataDirectoryFailure) {
        self.path = path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .unusable(path: path, doing: "create the directory", errno: errno)
        }
        let lock = open(path + "/weir.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw .unusable(path: path, doing: "create weir.lock", errno: errno) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw .inUse(path: path)
        }
        let idPath = path + "/node_id"
        if let id = try? String(contentsOfFile: idPath, encoding: .utf8), !id.isEmpty {
            nodeID = id.trimmingCharacters(in: .whitespacesAndNewlines)
        } else {
            nodeID = UUID().uuidString.lowercased()
            do {
                try (nodeID + "\n").write(toFile: idPath, atomically: true, encoding: .utf8)
            } catch {
                close(lock)
                throw .unusable(path: path, doing: "write node_id", errno: errno)
            }
        }
        self.lock = lock
    }

    deinit { close(lock) }

    /// The number of a new life of the node: larger than all before, also when the wall clock was set back in between. Durable when it
    /// returns.
    public func nextIncarnation(at now: WallTime = .now) throws(DataDirectoryFailure) -> Incarnation {
        let file = path + "/incarnation"
        var next = UInt64(max(1, now.microseconds))
        if let text = try? String(contentsOfFile: file, encoding: .utf8) {
            guard let last = UInt64(text.trimmingCharacters(in: .whitespacesAndNewlines)), last < .max else {
                throw .unreadable(path: file, content: String(text.prefix(80)))
            }
            next = max(next, last + 1)
        }
        let new = file + ".new"
        let descriptor = open(new, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unusable(path: path, doing: "create incarnation.new", errno: errno) }
        defer { close(descriptor) }
        let bytes = Array("\(next)\n".utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0, rename(new, file) == 0
        else {
            throw .unusable(path: path, doing: "write incarnation", errno: errno)
        }
        return Incarnation(next)
    }

    public var journal: String { path + "/journal" }
    public var store: String { path + "/weir.sqlite" }
    public var records: String { path + "/metrics_recorded.ndjson" }
    public var alerts: String { path + "/metrics_alert.ndjson" }
}

/// A data directory can't be used.
public enum DataDirectoryFailure: Error, Sendable, CustomStringConvertible {
    case unusable(path: String, doing: String, errno: Int32)
    case inUse(path: String)
    case unreadable(path: String, content: String)

    public var description: String {
        switch self {
        case .unusable(let path, let doing, let code):
            "data directory \(path): can't \(doing): \(String(cString: strerror(code))); choose another with --data, or make it writable"
        case .unreadable(let path, let content):
            "\(path): \"\(content)\" is no number; restore the file from a backup, or remove it if the clock was never set back"
        case .inUse(let path):
            "data directory \(path) is in use by another process of Weir; stop that one, or choose another directory with --data"
        }
    }
}
