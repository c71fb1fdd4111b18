import Foundation
import Testing
import WeirTestSupport

/// A `weir up` of a test's own: a real process with sockets and files in a directory that is removed with it.
final class RunningNode {
    let directory: TemporaryDirectory
    private let arguments: [String]
    private var process = Process()
    private var starts = 0

    var ingest: String { "ipc://\(directory.path)/ingest" }
    var control: String { "ipc://\(directory.path)/control" }
    var intents: String { "ipc://\(directory.path)/intents" }
    var records: String { "\(directory.path)/data/metrics_recorded.ndjson" }

    /// - Parameter extra: further arguments of `weir up`.
    init(workers: Int = 2, shards: Int = 64, extra: [String] = []) throws {
        directory = try TemporaryDirectory()
        arguments = ["--shards", "\(shards)", "--http", "127.0.0.1:0"] + extra
        try start(workers: workers)
    }

    deinit { kill() }

    func start(workers: Int) throws {
        process = Process()
        process.executableURL = Command.programs.appending(path: "weir")
        process.arguments =
            [
                "up", "--data", directory.path + "/data", "--workers", "\(workers)", "--ingest", ingest, "--control",
                control,
                "--intents", intents, "--log-format", "json",
            ] + arguments
        let log = logPath
        try Data().write(to: URL(filePath: log))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
        starts += 1
        try process.run()
        let end = Date().addingTimeInterval(60)
        while readyLine == nil {
            try #require(process.isRunning, "weir up ended: \(self.log)")
            try #require(Date() < end, "weir up is not ready: \(self.log)")
            usleep(10_000)
        }
    }

    private var logPath: String { directory.path + "/log" }
    var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    private var readyLine: [String: Any]? {
        for line in log.split(separator: "\n") where line.contains("\"message\":\"ready\"") {
            return try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
        return nil
    }

    /// Where the ingest listens, with the port that was bound.
    var boundIngest: String { readyLine?["ingest"] as? String ?? "" }

    /// Base URL of HTTP.
    var http: URL { URL(string: "http://\(readyLine?["http"] as? String ?? "")")! }

    /// SIGKILL, as a crash.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// SIGTERM. Returns the exit status and the seconds that it took.
    func stop() -> (status: Int32, seconds: Double) {
        let began = Date()
        process.terminate()
        process.waitUntilExit()
        return (process.terminationStatus, Date().timeIntervalSince(began))
    }

    /// `weirctl`, with the URL that the command needs.
    @discardableResult
    func ctl(_ arguments: [String], input: Data? = nil) throws -> Command {
        let place = arguments[0] == "send" ? ["--ingest", ingest] : ["--to", control]
        return try Command("weirctl", arguments + place, input: input)
    }

    func status() throws -> [String: Any] {
        let status = try ctl(["status", "--json"])
        return try #require(JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any])
    }

    /// Counts of lines by what became of them.
    func tally() throws -> [String: Int] {
        let events = try #require(status()["events"] as? [String: Any])
        return events.compactMapValues { $0 as? Int }
    }

    /// All windows, compared with an expected set by the comparer that users have.
    func expectGolden(_ set: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let windows = try ctl(["windows", "--json"])
        #expect(windows.status == 0, "\(windows.errors)", sourceLocation: sourceLocation)
        try GoldenComparison.expect(set, windows.output, sourceLocation: sourceLocation)
    }

    /// A configuration file, in a directory that lives as long as the value.
    static func configuration(_ yaml: String) throws -> (path: String, directory: TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/weir.yaml"
        try yaml.write(toFile: path, atomically: true, encoding: .utf8)
        return (path, directory)
    }

    static func golden(_ set: String) -> String { Command.package.appending(path: "Tests/Golden/\(set).ndjson").path }
}
