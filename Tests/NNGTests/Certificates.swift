import Foundation
import NNG

/// A certificate authority of a test's own, made by `deploy/certificates.sh` and removed with the value.
final class Certificates: Sendable {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "weir-tls-\(UUID().uuidString.prefix(8))")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../deploy/certificates.sh"
        )
        let process = Process()
        process.executableURL = script.standardizedFileURL
        process.arguments = ["--dir", directory.path]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func text(_ name: String) throws -> String {
        try String(contentsOf: directory.appending(path: name), encoding: .utf8)
    }

    /// Credentials of a node or a client.
    func credentials(of name: String) throws -> TLSCredentials {
        TLSCredentials(
            authorities: try text("ca.pem"),
            certificate: try text("\(name).pem"),
            key: try text("\(name).key")
        )
    }
}
