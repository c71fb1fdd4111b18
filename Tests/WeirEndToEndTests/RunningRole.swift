import Foundation
import Testing

/// A process of `weir` with one role, or with a name and arguments of its own.
final class RunningRole {
    let name: String
    private let arguments: [String]
    private let logPath: String
    private var process = Process()

    /// - Parameters:
    ///   - arguments: of `weir`, without the format of its log.
    ///   - folder: where its log goes.
    init(_ name: String, _ arguments: [String], folder: String) throws {
        self.name = name
        self.arguments = arguments
        logPath = "\(folder)/\(name).log"
        try start()
    }

    deinit { kill() }

    /// Starts the process, which may have been started and ended before.
    func start() throws {
        process = Process()
        process.executableURL = Command.programs.appending(path: "weir")
        process.arguments = arguments + ["--log-format", "json", "--log-level", "debug"]
        try Data().write(to: URL(filePath: logPath))
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: URL(filePath: logPath))
        try process.run()
    }

    func awaitReady() throws {
        let end = Date().addingTimeInterval(60)
        while readyLine == nil {
            try #require(process.isRunning, "\(name) ended: \(log)")
            try #require(Date() < end, "\(name) is not ready: \(log)")
            usleep(10_000)
        }
    }

    var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    /// The ready notice.
    var readyLine: [String: Any]? {
        for line in log.split(separator: "\n") where line.contains("\"message\":\"ready\"") {
            return try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
        return nil
    }

    /// Base URL of HTTP.
    var http: URL { URL(string: "http://\(readyLine?["http"] as? String ?? "")")! }

    /// SIGKILL, as a crash.
    func kill() {
        guard process.isRunning else { return }
        signal(SIGKILL)
        process.waitUntilExit()
    }

    /// SIGTERM. Returns the exit status and the seconds that it took.
    func stop() -> (status: Int32, seconds: Double) {
        let began = Date()
        process.terminate()
        process.waitUntilExit()
        return (process.terminationStatus, Date().timeIntervalSince(began))
    }

    func signal(_ number: Int32) { Foundation.kill(process.processIdentifier, number) }
}
