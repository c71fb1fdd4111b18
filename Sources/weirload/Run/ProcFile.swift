import Foundation

/// Text of a file in /proc, which has no size beforehand.
enum ProcFile {
    /// Nil when it can't be read. Names of threads and sockets may be any bytes: what is no UTF-8 is replaced.
    static func text(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        guard let data = try? file.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
