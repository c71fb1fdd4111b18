import Foundation
import Testing
import WeirTestSupport

/// A cluster of processes, one a role, over `ipc://` in a directory that is removed with it.
final class RunningCluster {
    let directory: TemporaryDirectory
    let coordinator: RunningRole
    /// A second one, which shares its store.
    let standby: RunningRole?
    private(set) var ingests: [RunningRole] = []
    private(set) var workers: [RunningRole] = []
    private(set) var executors: [RunningRole] = []
    private let common: [String]
    private let own: [String]

    /// Of all coordinators.
    let control: String
    func ingestURL(_ number: Int) -> String { "ipc://\(directory.path)/i\(number).sock" }
    func records(of executor: Int) -> String { "\(directory.path)/e\(executor)/metrics_recorded.ndjson" }

    /// - Parameters:
    ///   - hasStandby: whether there are two coordinators; their store is then in PostgreSQL.
    ///   - join: where coordinators are found, in place of their URLs.
    ///   - streaming: lines of the part of the contract, in place of the defaults.
    ///   - intents: likewise.
    ///   - node: lines of the node's file.
    ///   - own: further arguments of each process; `{name}` and `{folder}` stand for its name and the folder of the cluster.
    ///   - prepare: runs before anything starts, with the folder of the cluster.
    init(
        ingests: Int = 2,
        workers: Int = 3,
        executors: Int = 1,
        hasStandby: Bool = false,
        join: String? = nil,
        streaming: [String] = [],
        intents: [String] = [],
        node: [String] = [],
        own: [String] = [],
        prepare: (String) throws -> Void = { _ in }
    ) throws {
        self.own = own
        directory = try TemporaryDirectory()
        let folder = directory.path
        func write(_ name: String, _ lines: [String]) throws {
            try (lines.joined(separator: "\n") + "\n")
                .write(toFile: "\(folder)/\(name).yaml", atomically: true, encoding: .utf8)
        }
        try write("streaming", streaming)
        try write("intents", intents)
        try write("contract", ["parts:", "  streaming: streaming.yaml", "  intent_publisher: intents.yaml"])
        try write("weir", ["contract: contract.yaml"] + node)
        try prepare(folder)
        common = ["--config", "\(folder)/weir.yaml", "--http", "127.0.0.1:0"]
        let common = common
        func coordinator(_ name: String) throws -> RunningRole {
            try RunningRole(
                name,
                ["coordinator", "--listen", "ipc://\(folder)/\(name).sock", "--data", "\(folder)/\(name)"]
                    + (hasStandby ? ["--name", name] : []) + common + Self.filled(own, name, folder),
                folder: folder
            )
        }
        self.coordinator = try coordinator("c")
        standby = hasStandby ? try coordinator("c2") : nil
        control = join ?? "ipc://\(folder)/c.sock" + (hasStandby ? ",ipc://\(folder)/c2.sock" : "")
        for number in 1...max(1, workers) where workers > 0 { try addWorker(number) }
        for number in 1...max(1, ingests) where ingests > 0 {
            self.ingests.append(
                try role("ingest", "i\(number)", ["--data", "\(folder)/i\(number)"])
            )
        }
        for number in 1...max(1, executors) where executors > 0 { try addExecutor(number) }
        let coordinators = [self.coordinator, standby].compactMap { $0 }
        for role in coordinators + self.workers + self.ingests + self.executors { try role.awaitReady() }
    }

    /// For `prepare`: the disk to which the first executor writes records is always full.
    static func fillRecordsDisk(_ folder: String) throws {
        try FileManager.default.createDirectory(atPath: "\(folder)/e1", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/e1/metrics_recorded.ndjson",
            withDestinationPath: "/dev/full"
        )
    }

    func addWorker(_ number: Int) throws {
        workers.append(try role("worker", "w\(number)", ["--data", "\(directory.path)/w\(number)"]))
    }

    func addExecutor(_ number: Int) throws {
        executors.append(try role("executor", "e\(number)", ["--data", "\(directory.path)/e\(number)"]))
    }

    private func role(_ role: String, _ name: String, _ arguments: [String]) throws -> RunningRole {
        try RunningRole(
            name,
            [role, "--name", name, "--join", control, "--listen", "ipc://\(directory.path)/\(name).sock"] + arguments
                + common + Self.filled(own, name, directory.path),
            folder: directory.path
        )
    }

    private static func filled(_ arguments: [String], _ name: String, _ folder: String) -> [String] {
        arguments.map {
            $0.replacingOccurrences(of: "{name}", with: name).replacingOccurrences(of: "{folder}", with: folder)
        }
    }

    // MARK: - Operators

    @discardableResult
    func ctl(_ arguments: [String], input: Data? = nil) throws -> Command {
        try Command("weirctl", arguments + ["--to", control], input: input)
    }

    /// Sends lines to an ingest, and awaits that all are on disk there.
    func send(_ lines: some Sequence<Substring>, to ingest: Int) throws {
        let body = Data(lines.joined(separator: "\n").utf8)
        let sent = try Command(
            "weirctl",
            ["send", "--ingest", ingestURL(ingest), "--batch-bytes", "20000", "-"],
            input: body
        )
        #expect(sent.status == 0, "\(sent.errors)")
    }

    func flush() throws {
        let flushed = try ctl(["flush"])
        #expect(flushed.status == 0, "\(flushed.errors)")
    }

    func status() throws -> [String: Any] {
        let status = try ctl(["status", "--json"])
        return try #require(JSONSerialization.jsonObject(with: Data(status.output.utf8)) as? [String: Any])
    }

    /// Counts of lines by what became of them.
    func tally() throws -> [String: Int] {
        try #require(status()["events"] as? [String: Any]).compactMapValues { $0 as? Int }
    }

    /// JSON objects, one a line.
    func rows(_ arguments: [String]) throws -> [[String: Any]] {
        try ctl(arguments + ["--json"]).lines.map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    /// Number of shards by worker.
    func shares() throws -> [String: Int] {
        Dictionary(grouping: try rows(["shards"]), by: { $0["worker"] as? String ?? "" }).mapValues(\.count)
    }

    /// Waits for something that is bound to come.
    func awaitThat(_ what: String, _ condition: () throws -> Bool) throws {
        try WeirTestSupport.awaitThat(
            what,
            within: 30,
            told: { try ctl(["nodes"]).output + coordinator.log.suffix(4000) },
            condition
        )
    }

    /// All windows, compared with an expected set by the comparer that users have.
    func expectGolden(_ set: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let windows = try ctl(["windows", "--json"])
        #expect(windows.status == 0, "\(windows.errors)", sourceLocation: sourceLocation)
        try GoldenComparison.expect(set, windows.output, sourceLocation: sourceLocation)
    }

    /// Lines of a golden set.
    static func golden(_ set: String) throws -> [Substring] {
        try String(contentsOfFile: RunningNode.golden(set), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: true)
    }
}
