import Foundation
import Testing
import WeirTestSupport

/// Records against a golden set, by the comparer that users have.
enum GoldenComparison {
    /// - Parameter records: one record a line.
    static func expect(
        _ set: String,
        _ records: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/records.ndjson"
        try records.write(toFile: file, atomically: true, encoding: .utf8)
        let golden = Command.package.appending(path: "Tests/Golden").path
        let compared = try Command(
            "/usr/bin/env",
            ["python3", "\(golden)/compare.py", "\(golden)/\(set).expected.json", file]
        )
        #expect(compared.status == 0, "\(compared.output)\(compared.errors)", sourceLocation: sourceLocation)
        #expect(compared.output.contains("0 differences"), sourceLocation: sourceLocation)
    }
}
