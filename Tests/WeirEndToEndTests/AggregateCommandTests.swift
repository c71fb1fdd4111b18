import Foundation
import Testing
import WeirCore
import WeirTestSupport

/// `weir aggregate` as an operator runs it.
@Suite struct AggregateCommandTests {
    @Test(arguments: ["basic", "messy", "edge"], [1, 2, 7])
    func aFileGivesTheExpectedRecordsAndCounts(set: String, threads: Int) throws {
        let run = try Command(
            "weir",
            ["aggregate", "--windows", "all", "--threads", "\(threads)", RunningNode.golden(set)]
        )
        #expect(run.status == 0)
        try GoldenComparison.expect(set, run.output)
        let expected = try #require(
            JSONSerialization.jsonObject(
                with: Data(
                    contentsOf: Command.package.appending(path: "Tests/Golden/\(set).expected.json")
                )
            ) as? [String: Any]
        )
        let last = try #require(run.errors.split(separator: "\n").last)
        let summary = try #require(JSONSerialization.jsonObject(with: Data(last.utf8)) as? NSDictionary)
        #expect(summary == expected["counts"] as? NSDictionary)
    }

    /// A pipe gives its reader pieces of any size: lines are cut anywhere.
    @Test(arguments: UInt64(1)...3) func aPipeCutAtRandomPointsGivesTheSameRecords(seed: UInt64) throws {
        let bytes = try Data(contentsOf: URL(filePath: RunningNode.golden("messy")))
        let process = Process()
        process.executableURL = Command.programs.appending(path: "weir")
        process.arguments = ["aggregate", "--windows", "all", "-"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let writer = Thread {
            var random = SplitMix64(seed: seed)
            var offset = 0
            while offset < bytes.count {
                let end = min(bytes.count, offset + 1 + Int(random.next() % 50_000))
                try? input.fileHandleForWriting.write(contentsOf: bytes[offset..<end])
                offset = end
            }
            try? input.fileHandleForWriting.close()
        }
        writer.start()
        let records = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        try GoldenComparison.expect("messy", String(decoding: records, as: UTF8.self))
    }

    @Test func refusedLinesAreWrittenWholeWithTheirNumberAndReason() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/refused.ndjson"
        let input = Data("{\"event_type\":\"CODEGEN_STARTED\"}\n\n\u{7}{\n".utf8)
        let run = try Command("weir", ["aggregate", "--quarantine", file, "-"], input: input)
        #expect(run.status == 0 && run.output.isEmpty)
        #expect(
            run.errors.hasSuffix(
                #"{"lines":2,"events":0,"duplicates":0,"quarantined":{"malformed_json":1,"validation_error":1}}"# + "\n"
            )
        )
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(
            lines.first?.hasPrefix(
                #"{"line":1,"reason":"validation_error","detail":"event_id: is missing","text":"{\"event_type"#
            ) == true
        )
    }

    @Test func mistakesAreNamed() throws {
        let missing = try Command("weir", ["aggregate", "/nowhere/events.ndjson"])
        #expect(missing.status == 1 && missing.errors.contains("/nowhere/events.ndjson"))
        let type = try Command("weir", ["aggregate", "--windows", "hourly,yearly", "-"])
        #expect(type.status == 64 && type.errors.contains("yearly"))
        let threads = try Command("weir", ["aggregate", "--threads", "0", "-"])
        #expect(threads.status == 64 && threads.errors.contains("1…256"))
        let folder = try Command("weir", ["aggregate", "/tmp"])
        #expect(folder.status == 1 && folder.errors.contains("/tmp"))
    }
}
