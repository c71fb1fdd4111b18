import Foundation

/// A certificate authority of a test's own, made by `deploy/certificates.sh` and removed with the value.
public final class Certificates: Sendable {
    private let directory: URL

    public init() throws {
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

    /// Has the authority issue a certificate anew that ended yesterday, for the same key.
    public func expire(_ name: String) throws { try reissue(name, subject: "/CN=late", days: -1) }

    /// Has the authority issue a certificate anew that names nobody, for the same key.
    public func dropCommonName(of name: String) throws { try reissue(name, subject: "/O=Weir", days: 1) }

    private func reissue(_ name: String, subject: String, days: Int) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c",
            """
            printf 'subjectAltName=DNS:localhost,DNS:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' > ext
            openssl req -new -key \(name).key -subj \(subject) -out csr &&
            openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -CAcreateserial -sha256 -days \(days) -extfile ext -out \(name).pem
            """,
        ]
        process.currentDirectoryURL = directory
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    /// Puts files in the place of others of the same names, as who renews certificates does.
    public func put(_ names: [String], in folder: TemporaryDirectory) throws {
        for name in names {
            try text(name).write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
        }
    }

    public func path(_ name: String) -> String { directory.appending(path: name).path }

    public func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }
}
