import Foundation

/// A program that ran to its end.
struct Command {
    let status: Int32
    let output: String
    let errors: String

    /// The folder of the programs that were built with these tests.
    static let programs = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

    /// The folder of the package.
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Runs a program of this package, or one at a path, and awaits its end.
    init(_ program: String, _ arguments: [String], input: Data? = nil) throws {
        let process = Process()
        process.executableURL = program.contains("/") ? URL(filePath: program) : Self.programs.appending(path: program)
        process.arguments = arguments
        let output = Pipe()
        let folder = FileManager.default.temporaryDirectory
        let errorFile = folder.appending(path: "weir-stderr-\(UUID())")
        let inputFile = folder.appending(path: "weir-stdin-\(UUID())")
        try Data().write(to: errorFile)
        try (input ?? Data()).write(to: inputFile)
        defer {
            try? FileManager.default.removeItem(at: errorFile)
            try? FileManager.default.removeItem(at: inputFile)
        }
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errorFile)
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        self.output = String(decoding: data, as: UTF8.self)
        errors = try String(contentsOf: errorFile, encoding: .utf8)
    }

    var lines: [Substring] { output.split(separator: "\n") }
}
