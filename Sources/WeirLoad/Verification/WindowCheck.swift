import Foundation
import WeirCore

/// Compares windows that a cluster has with those that it should have.
public struct WindowCheck: Sendable {
    private let contract: Contract
    /// Windows compared, and all differences by window and field.
    public private(set) var compared = 0
    public private(set) var differences: [String] = []

    public init(contract: Contract) {
        self.contract = contract
    }

    /// Compares all of the record that is a function of its events, bit for bit.
    ///
    /// - Parameter record: JSON of the window's newest revision; nil when the cluster has none.
    public mutating func compare(_ record: [UInt8]?, with aggregate: WindowAggregate, of window: Window) {
        compared += 1
        guard let record, let head = try? Self.decode(record, Head.self) else {
            differences.append("\(Self.name(window)): the cluster has no such window")
            return
        }
        let expected = WindowRecord(
            window: window,
            layout: contract.windows.layout,
            revision: head.revision,
            aggregate: aggregate
        )
        let payload = Intent.payload(
            of: expected,
            ids: IntentIDs(contract: contract, window: window, revision: head.revision),
            at: EventTime(microseconds: 0),
            aggregationDuration: .zero
        )
        guard Self.computed(payload) != Self.computed(record) else { return }
        let fields = Self.differingFields(payload, record)
        differences.append("\(Self.name(window)): \(fields.joined(separator: "; "))")
    }

    /// Compares what is cheap to know: counts, and sums as exact numbers rounded once.
    public mutating func compare(_ record: [UInt8]?, with pane: LoadTally.Pane, of window: Window) {
        compared += 1
        guard let record, let found = try? Self.decode(record, Counts.self) else {
            differences.append("\(Self.name(window)): the cluster has no such window")
            return
        }
        let expected = Counts(
            eventsProcessed: pane.events,
            totalGenerations: pane.started,
            successfulGenerations: pane.completed,
            failedGenerations: pane.failed,
            totalTokens: Int(clamping: pane.tokens),
            totalCostUsd: pane.cost.value,
            avgDurationSeconds: pane.duration.mean(count: pane.completed)
        )
        let fields = expected.differences(from: found)
        if !fields.isEmpty { differences.append("\(Self.name(window)): \(fields.joined(separator: "; "))") }
    }

    /// A window that the cluster has, though nothing was sent for it.
    public mutating func unexpected(_ window: Window) {
        compared += 1
        differences.append("\(Self.name(window)): nothing was sent for it")
    }

    private static func name(_ window: Window) -> String { "\(window.type.name) \(window.start)" }

    /// The part of a record before the members of its run.
    private static func computed(_ record: [UInt8]) -> ArraySlice<UInt8> {
        let mark = Array(#","timestamp":""#.utf8)
        guard record.count >= mark.count else { return record[...] }
        var start = record.count - mark.count
        while start > 0, !record[start...].starts(with: mark) { start -= 1 }
        return record[..<start]
    }

    // MARK: - Fields

    private struct Head: Decodable {
        var revision: Int
    }

    private struct Counts: Decodable {
        var eventsProcessed: Int
        var totalGenerations: Int
        var successfulGenerations: Int
        var failedGenerations: Int
        var totalTokens: Int
        var totalCostUsd: Double
        var avgDurationSeconds: Double

        func differences(from found: Counts) -> [String] {
            var fields: [String] = []
            func compare<Value: Equatable>(_ name: String, _ path: KeyPath<Counts, Value>) {
                if self[keyPath: path] != found[keyPath: path] {
                    fields.append("\(name) is \(found[keyPath: path]), sent \(self[keyPath: path])")
                }
            }
            compare("events_processed", \.eventsProcessed)
            compare("total_generations", \.totalGenerations)
            compare("successful_generations", \.successfulGenerations)
            compare("failed_generations", \.failedGenerations)
            compare("total_tokens", \.totalTokens)
            compare("total_cost_usd", \.totalCostUsd)
            compare("avg_duration_seconds", \.avgDurationSeconds)
            return fields
        }
    }

    private static func decode<Value: Decodable>(_ json: [UInt8], _ type: Value.Type) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(json))
    }

    /// Names of the top-level members that differ, with short values.
    private static func differingFields(_ expected: [UInt8], _ found: [UInt8]) -> [String] {
        func members(_ json: [UInt8]) -> [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]) ?? [:]
        }
        let ofThisRun: Set = ["timestamp", "created_at", "aggregation_duration_ms", "items_per_second"]
        let left = members(expected)
        let right = members(found)
        let names = Set(left.keys).union(right.keys).subtracting(ofThisRun).sorted().filter { name in
            "\(left[name] ?? "nothing")" != "\(right[name] ?? "nothing")"
        }
        if names.isEmpty { return ["the text differs, though all values are equal"] }
        return names.map { name in
            "\(name) is \("\(right[name] ?? "nothing")".prefix(60)), sent \("\(left[name] ?? "nothing")".prefix(60))"
        }
    }
}
