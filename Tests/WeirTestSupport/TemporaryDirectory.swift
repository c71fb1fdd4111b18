import Foundation

/// A directory of a test's own, removed with the value.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() throws {
        // Short: paths of sockets are limited to about 100 bytes.
        path = "/tmp/weir-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
