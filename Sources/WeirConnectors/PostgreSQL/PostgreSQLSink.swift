import PostgreSQL
import WeirCore
import WeirWire

/// Stores intents, with the windows, groups and alerts that they publish, in tables of PostgreSQL (``PostgreSQLSchema``).
///
/// An intent's id is the key of its row, so it is there once, however often it comes and from how many executors. Intents that come
/// while a transaction is under way go together into the next one. It connects when the first intent comes, and again after a failure.
public actor PostgreSQLSink: IntentSink {
    /// Most intents in one transaction; further ones wait for the next.
    static let batchMax = 64

    public nonisolated let name: String
    private let settings: PostgreSQLSettings
    private let applicationName: String
    private let addStatement: String
    private let compareStatement: String
    private let executor = ThreadExecutor(name: "postgresql")
    private var connection: PostgreSQLConnection?
    private var waiting: [(intent: LeasedIntent, continuation: CheckedContinuation<Void, any Error>)] = []
    private var isWriting = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter node: the executor's name, which the server shows as `application_name`.
    public init(_ settings: PostgreSQLSettings, node: String) {
        self.settings = settings
        name = settings.place
        applicationName = "weir/\(node)"
        addStatement = PostgreSQLSchema.addIntent(schema: settings.schema)
        compareStatement = PostgreSQLSchema.comparesIntent(schema: settings.schema)
    }

    public func carryOut(_ intent: LeasedIntent) async throws {
        try await withCheckedThrowingContinuation { continuation in
            waiting.append((intent, continuation))
            guard !isWriting else { return }
            isWriting = true
            Task { self.writeAll() }
        }
    }

    public func close() { connection = nil }

    private func writeAll() {
        while !waiting.isEmpty {
            let batch = Array(waiting.prefix(Self.batchMax))
            waiting.removeFirst(batch.count)
            let failures = store(batch.map(\.intent))
            for (failure, (_, continuation)) in zip(failures, batch) {
                if let failure { continuation.resume(throwing: failure) } else { continuation.resume() }
            }
        }
        isWriting = false
    }

    /// Stores intents, and says for each what failed.
    private func store(_ intents: [LeasedIntent]) -> [PostgreSQLFailure?] {
        let deadline = ContinuousClock.now + settings.timeout
        do throws(PostgreSQLFailure) {
            let connection = try connected(by: deadline)
            try add(intents, to: connection, by: deadline)
            return intents.map { _ in nil }
        } catch {
            // One that the server refuses must not take the others with it.
            if intents.count > 1, error.kind == .refused, connection?.isUsable == true {
                return intents.map { store([$0])[0] }
            }
            return intents.map { _ in error }
        }
    }

    private func connected(by deadline: ContinuousClock.Instant) throws(PostgreSQLFailure) -> PostgreSQLConnection {
        if let connection, connection.isUsable { return connection }
        connection = nil
        let new = try PostgreSQLConnection(settings, name: applicationName, by: deadline)
        try new.migrate(PostgreSQLSchema.migrations, by: deadline)
        connection = new
        return new
    }

    private func add(
        _ intents: [LeasedIntent],
        to connection: PostgreSQLConnection,
        by deadline: ContinuousClock.Instant
    ) throws(PostgreSQLFailure) {
        do throws(PostgreSQLFailure) {
            try connection.transaction(doing: "store intents", by: deadline) { () throws(PostgreSQLFailure) in
                // In one order for all executors, so that they wait for each other and never in a circle.
                for intent in intents.sorted(by: { $0.id < $1.id }) { try add(intent, to: connection, by: deadline) }
            }
        } catch {
            // What the connection stands in is not known after a deadline or a broken line.
            if error.kind != .refused { self.connection = nil }
            throw error
        }
    }

    private func add(
        _ intent: LeasedIntent,
        to connection: PostgreSQLConnection,
        by deadline: ContinuousClock.Instant
    ) throws(PostgreSQLFailure) {
        let json = Self.withoutNull(intent.json)
        let doing = "store intent \(intent.id)"
        let added = try connection.run(addStatement, [json], doing: doing, by: deadline)
        guard added.isEmpty else { return }
        let comparison = try connection.run(compareStatement, [json], doing: doing, by: deadline)
        guard comparison.first?.first == "t" else {
            throw PostgreSQLFailure(
                kind: .refused,
                settings: settings,
                doing: doing,
                message: "another event stands under its id in schema \(settings.schema): if two clusters write there, "
                    + "give each a schema of its own (executor.postgresql_schema)"
            )
        }
    }

    /// JSON in which the character U+0000, which PostgreSQL's text can't hold, is U+FFFD.
    static func withoutNull(_ json: [UInt8]) -> [UInt8] {
        let null = Array("u0000".utf8)
        var result = json
        var index = 0
        while index < result.count {
            guard result[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            if result[(index + 1)...].starts(with: null) {
                result.replaceSubrange(index + 1..<index + 1 + null.count, with: "ufffd".utf8)
            }
            index += 2  // The backslash, and what it is the escape of.
        }
        return result
    }
}
