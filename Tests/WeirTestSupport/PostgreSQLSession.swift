import Foundation

/// A session with a PostgreSQL server by psql, which takes statements one after the other. It ends when it is let go.
public final class PostgreSQLSession {
    private let process = Process()
    private let input = Pipe()

    init(program: String, connection: String) throws {
        process.executableURL = URL(filePath: program)
        process.arguments = [connection, "-X", "-q"]
        process.currentDirectoryURL = URL(filePath: "/")
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Sends statements; does not wait until they are done.
    public func send(_ statements: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((statements + "\n").utf8))
    }
}
