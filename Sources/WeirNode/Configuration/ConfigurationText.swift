import Foundation

/// What reading a file of the configuration gives.
enum ConfigurationText: Sendable, Hashable {
    case text(String)
    /// Completes "the file …".
    case unreadable(String)

    /// Longest file in bytes; a longer one is not a configuration.
    static let bytesMax = 1 << 20

    /// Reads a file of the disk.
    static func read(_ path: String) -> ConfigurationText {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            return .unreadable("does not exist")
        }
        guard !isDirectory.boolValue else { return .unreadable("is a directory") }
        guard let file = FileHandle(forReadingAtPath: path) else { return .unreadable("can't be opened for reading") }
        defer { try? file.close() }
        do {
            let data = try file.read(upToCount: bytesMax + 1) ?? Data()
            guard data.count <= bytesMax else { return .unreadable("is longer than \(bytesMax.grouped) bytes") }
            return String(validating: data, as: UTF8.self).map { .text($0) } ?? .unreadable("is not UTF-8")
        } catch {
            return .unreadable("can't be read: \(error.localizedDescription)")
        }
    }
}
