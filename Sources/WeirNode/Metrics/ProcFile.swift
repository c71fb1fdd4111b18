import Foundation

/// Text of a file in /proc, which has no size beforehand.
package enum ProcFile {
    /// Nil when it can't be read. Names of threads and sockets may be any bytes: what is no UTF-8 is replaced.
    package static func text(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        guard let data = try? file.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    /// Names in a directory; none when it can't be read. Foundation's listing fails as a whole when a thread ends, or a file is closed, meanwhile.
    package static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
