import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// An etcd of a test's own, of one member: in a directory and on ports that are freed with it.
public final class EtcdServer {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private static let program = "/usr/bin/etcd"
    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }
    public static let hint = "needs etcd: deploy/install.sh --tests"

    private let directory: TemporaryDirectory
    private var process: Process?
    public let port: Int
    private let peerPort: Int
    private let healthPort: Int
    let certificates: Certificates?
    public var url: String { "\(certificates == nil ? "http" : "https")://127.0.0.1:\(port)" }

    /// - Parameter certificates: with them it speaks TLS, and asks clients for a certificate of their authority.
    public init(certificates: Certificates? = nil) async throws {
        directory = try TemporaryDirectory()
        self.certificates = certificates
        (port, peerPort, healthPort) = (try Self.freePort(), try Self.freePort(), try Self.freePort())
        try await start()
    }

    deinit { crash() }

    /// Ends it as a crash does; what it had acknowledged is in its directory.
    public func crash() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// Stops where it is, and gives no answer; `resume` lets it go on.
    public func pause() { signal(SIGSTOP) }
    public func resume() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        if let process { kill(process.processIdentifier, number) }
    }

    /// Starts it, and returns when it answers.
    public func start() async throws {
        let process = Process()
        let peer = "http://127.0.0.1:\(peerPort)"
        process.executableURL = URL(filePath: Self.program)
        process.arguments = [
            "--name", "test", "--data-dir", directory.path + "/data", "--listen-client-urls", url,
            "--advertise-client-urls", url, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", "test=\(peer)", "--unsafe-no-fsync", "--listen-metrics-urls", healthURL,
            // Passwords are not to take long.
            "--bcrypt-cost", "4",
        ]
        if let certificates {
            process.arguments! += [
                "--client-cert-auth", "--trusted-ca-file", certificates.path("ca.pem"), "--cert-file",
                certificates.path("node.pem"), "--key-file", certificates.path("node.key"),
            ]
        }
        let log = directory.path + "/log"
        try Data().write(to: URL(filePath: log))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
        process.standardOutput = FileHandle.nullDevice
        var environment = ProcessInfo.processInfo.environment
        // Debian's file of defaults is for its service.
        for name in environment.keys where name.hasPrefix("ETCD_") { environment[name] = nil }
        process.environment = environment
        try process.run()
        self.process = process
        let end = Date().addingTimeInterval(60)
        while !(await isHealthy()) {
            guard process.isRunning, Date() < end else {
                throw Failure(description: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "no log")
            }
            usleep(20_000)
        }
    }

    /// In the clear, and without credentials.
    private var healthURL: String { "http://127.0.0.1:\(healthPort)" }

    private func isHealthy() async -> Bool {
        guard let (body, _) = try? await URLSession.shared.data(from: URL(string: healthURL + "/health")!) else {
            return false
        }
        return String(decoding: body, as: UTF8.self).contains("\"true\"")
    }

    private static func freePort() throws -> Int {
        let socket = try LoopbackSocket()
        close(socket.descriptor)
        return socket.port
    }
}
