import Foundation

/// A Kafka cluster of a test's own: three brokers of librdkafka's mock cluster, in a process that ends with the value.
public final class KafkaMock {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// A message as it lies in a topic.
    public struct Message: Sendable, Hashable {
        public var partition: Int
        public var offset: Int
        public var key: String
        public var headers: [String: String]
        public var value: String
    }

    /// `HOST:PORT,…`.
    public let brokers: String
    private let process = Process()
    private let commands = Pipe()
    private let answers: FileHandle
    private let directory: TemporaryDirectory
    private var unread = ""

    public init() throws {
        directory = try TemporaryDirectory()
        let output = Pipe()
        answers = output.fileHandleForReading
        process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "weir-kafka-mock")
        process.standardInput = commands
        process.standardOutput = output
        try process.run()
        brokers = try Self.line(from: answers, &unread, after: "brokers ")
    }

    deinit {
        try? commands.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    public func makeTopic(_ name: String, partitions: Int) throws { try run("topic \(name) \(partitions)") }

    /// Each line becomes a message; they are spread over the partitions in turn.
    public func produce(_ lines: some Sequence<some StringProtocol>, to topic: String) throws {
        let file = directory.path + "/in"
        try (lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        try run("produce \(topic) \(file)")
    }

    /// All messages of a topic, in order within each partition.
    public func messages(in topic: String) throws -> [Message] {
        let file = directory.path + "/out"
        try run("consume \(topic) \(file)")
        return try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map { line in
            let fields = line.split(separator: "\t", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 5, let partition = Int(fields[0]), let offset = Int(fields[1]) else {
                throw Failure(description: "no message: \(line)")
            }
            var headers: [String: String] = [:]
            for header in fields[3].split(separator: ";") {
                let parts = header.split(separator: "=", maxSplits: 1)
                headers[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
            }
            return Message(
                partition: partition,
                offset: offset,
                key: fields[2],
                headers: headers,
                value: fields[4]
            )
        }
    }

    /// The sum of the offsets that a group has committed of a topic.
    public func committed(_ topic: String, by group: String) throws -> Int {
        Int(try run("committed \(group) \(topic)")) ?? 0
    }

    /// Kinds of requests, by their numbers in the protocol.
    public enum API: Int {
        case produce = 0
        case fetch = 1
        case offsetCommit = 8
        case offsetFetch = 9
    }

    /// Lets the next requests of a kind fail.
    ///
    /// - Parameter error: a code of the protocol.
    public func fail(_ api: API, with error: Int, times: Int) throws {
        try run("fail \(api.rawValue) \(error) \(times)")
    }

    /// A broker, 1…3, goes away and is back.
    public func takeDown(_ broker: Int) throws { try run("down \(broker)") }
    public func bringUp(_ broker: Int) throws { try run("up \(broker)") }

    @discardableResult
    private func run(_ command: String) throws -> String {
        try commands.fileHandleForWriting.write(contentsOf: Data((command + "\n").utf8))
        return try Self.line(from: answers, &unread, after: "ok").trimmingCharacters(in: .whitespaces)
    }

    private static func line(from file: FileHandle, _ unread: inout String, after expected: String) throws -> String {
        while !unread.contains("\n") {
            let data = file.availableData
            guard !data.isEmpty else { throw Failure(description: "weir-kafka-mock ended") }
            unread += String(decoding: data, as: UTF8.self)
        }
        let end = unread.firstIndex(of: "\n")!
        let line = String(unread[..<end])
        unread.removeSubrange(...end)
        guard line.hasPrefix(expected) else { throw Failure(description: "weir-kafka-mock: \(line)") }
        return String(line.dropFirst(expected.count))
    }
}
