import Foundation

/// A PostgreSQL server of a test's own: in a directory and at a socket that are removed with it.
public final class PostgreSQLServer {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) { self.description = description }
    }

    private let directory: TemporaryDirectory
    private var process: Process?

    /// The newest that Debian's packages have installed; nil for none.
    private static let programs: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.sorted().last.map { "\(root)/\($0)/bin" }
            .flatMap { FileManager.default.isExecutableFile(atPath: $0 + "/postgres") ? $0 : nil }
    }()

    public static var isInstalled: Bool { programs != nil }
    public static let hint = "needs PostgreSQL's server: deploy/install.sh --tests"

    /// A connection string of libpq.
    public var connection: String { "host=\(directory.path) dbname=postgres user=weir" }

    public init() throws {
        directory = try TemporaryDirectory()
        if geteuid() == 0 { try run("/bin/chown", ["postgres", directory.path]) }
        try run(
            asPostgres: "initdb",
            ["-D", data, "-U", "weir", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        )
        try start()
    }

    deinit { end(SIGQUIT) }

    private var data: String { directory.path + "/data" }
    private var log: String { directory.path + "/log" }

    /// Starts it, and returns when it takes statements.
    public func start() throws {
        let process = Process()
        // No TCP, no sync: what is tested is not the server's own durability.
        (process.executableURL, process.arguments) = try Self.command(
            "postgres",
            [
                "-D", data, "-k", directory.path, "-c", "listen_addresses=", "-c", "fsync=off", "-c",
                "log_min_messages=warning",
            ]
        )
        try Data().write(to: URL(filePath: log))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        self.process = process
        let end = Date().addingTimeInterval(60)
        while (try? query("select 1")) == nil {
            guard process.isRunning, Date() < end else {
                throw Failure(description: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "no log")
            }
            usleep(20_000)
        }
    }

    /// Ends it as a crash does: every session breaks, and the next start recovers.
    public func crash() { end(SIGQUIT) }

    /// All its processes stop where they are; `resume` lets them go on.
    public func pause() { signalAll(SIGSTOP) }
    public func resume() { signalAll(SIGCONT) }

    /// Rows of a statement, one a line, with columns between bars, by psql.
    @discardableResult
    public func query(_ statement: String) throws -> [String] {
        let output = try run(
            Self.programs! + "/psql",
            [connection, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]
        )
        return output.split(separator: "\n").map(String.init)
    }

    /// A session of psql that stays open until it is let go.
    public func session() throws -> PostgreSQLSession {
        try PostgreSQLSession(program: Self.programs! + "/psql", connection: connection)
    }

    /// Waits for something that is bound to come.
    public func awaitThat(_ what: String, _ condition: () throws -> Bool) throws {
        try WeirTestSupport.awaitThat(what, within: 30, condition)
    }

    private func end(_ signal: Int32) {
        guard let process, process.isRunning else { return }
        signalAll(SIGCONT)
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
    }

    private func signalAll(_ signal: Int32) {
        guard let process else { return }
        for id in Self.children(of: process.processIdentifier) + [process.processIdentifier] { kill(id, signal) }
    }

    private static func children(of parent: pid_t) -> [pid_t] {
        let tasks = (try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)) ?? ""
        return tasks.split(separator: " ").compactMap { pid_t($0) }
    }

    private func run(asPostgres program: String, _ arguments: [String]) throws {
        let (url, arguments) = try Self.command(program, arguments)
        try run(url.path, arguments)
    }

    /// The server refuses to run as root.
    private static func command(_ program: String, _ arguments: [String]) throws -> (URL, [String]) {
        guard let programs else { throw Failure(description: hint) }
        let path = "\(programs)/\(program)"
        guard geteuid() == 0 else { return (URL(filePath: path), arguments) }
        return (
            URL(filePath: "/usr/bin/setpriv"),
            ["--reuid=postgres", "--regid=postgres", "--clear-groups", path] + arguments
        )
    }

    @discardableResult
    private func run(_ path: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: "/")
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let problem = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(description: "\(path): \(problem)") }
        return text
    }
}
