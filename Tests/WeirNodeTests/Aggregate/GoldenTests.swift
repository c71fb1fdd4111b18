import Foundation
import Testing
import WeirCore
import WeirTestSupport

@testable import WeirNode

/// The golden sets: inputs with the exact records that SPEC makes of them.
@Suite struct GoldenTests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Golden")

    @Test(arguments: ["basic", "messy", "edge"], [1, 2, 7])
    func fileGivesTheExpectedRecords(set: String, threads: Int) throws {
        let aggregation = FileAggregation(contract: Contract(), threads: threads, horizon: .unlimited)
        try aggregation.read(Self.directory.appending(path: "\(set).ndjson").path) { _ in
        } progress: { _, _ in
        }
        try Self.expect(aggregation, toMatch: set)
    }

    @Test(arguments: [1, 2, 3])
    func linesInAnyOrderGiveTheSameRecords(seed: UInt64) throws {
        let data = try Data(contentsOf: Self.directory.appending(path: "messy.ndjson"))
        var lines = data.split(separator: 0x0A, omittingEmptySubsequences: true)
        var random = SplitMix64(seed: seed)
        lines.shuffle(using: &random)
        let file = FileManager.default.temporaryDirectory.appending(path: "weir-shuffled-\(UUID()).ndjson")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(lines.joined(separator: [0x0A])).write(to: file)
        let aggregation = FileAggregation(contract: Contract(), threads: 2, horizon: .unlimited)
        try aggregation.read(file.path) { _ in
        } progress: { _, _ in
        }
        try Self.expect(aggregation, toMatch: "messy")
    }

    /// Compares counts and every field of every expected window; doubles by value, so bit for bit.
    static func expect(_ aggregation: FileAggregation, toMatch set: String) throws {
        let expected = try #require(
            JSONSerialization.jsonObject(
                with: Data(contentsOf: directory.appending(path: "\(set).expected.json"))
            ) as? [String: Any]
        )
        let counts = try #require(expected["counts"] as? [String: Any])
        #expect(aggregation.summary.lines == counts["lines"] as? Int)
        #expect(aggregation.summary.events == counts["events"] as? Int)
        #expect(aggregation.summary.duplicates == counts["duplicates"] as? Int)
        let reasons = try #require(counts["quarantined"] as? [String: Int])
        #expect(
            reasons
                == Dictionary(uniqueKeysWithValues: aggregation.summary.quarantined.map { ($0.key.rawValue, $0.value) })
        )

        let windows = try #require(expected["windows"] as? [[String: Any]])
        var actual: [String: [String: Any]] = [:]
        for (window, aggregate) in aggregation.windows(WindowType.allCases) {
            var json = JSONWriter()
            json.object { json in
                WindowRecord(window: window, layout: .standard, revision: 0, aggregate: aggregate).write(into: &json)
            }
            actual["\(window.type.name) \(window.start)"] =
                try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any]
        }
        #expect(actual.count == windows.count)
        for want in windows {
            let key = "\(want["window_type"] as? String ?? "") \(want["window_start"] as? String ?? "")"
            let got = try #require(actual[key], "window \(key) is missing")
            for (field, value) in want {
                #expect(
                    (value as? NSObject) == (got[field] as? NSObject),
                    "\(key) \(field): \(value) expected, not \(got[field] ?? "nothing")"
                )
            }
        }
    }
}
