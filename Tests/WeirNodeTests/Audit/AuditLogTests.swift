import Foundation
import Logging
import Testing
import WeirCore
import WeirTestSupport
import WeirWire

@testable import WeirNode

@Suite struct AuditLogTests {
    private static func log(_ path: String) throws -> AuditLog {
        try AuditLog(path: path, node: "c", log: Logger(label: "test"))
    }

    private static func action(_ log: AuditLog, _ action: String = "drain") -> AuditedAction {
        AuditedAction(
            log,
            via: "nng",
            who: "the secret of the role operator",
            peer: "10.0.0.9:4711",
            action: action,
            subject: "w1"
        )
    }

    private static func entries(_ path: String) throws -> [[String: Any]] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func anActionIsToldBeforeAndAfterItIsCarriedOut() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/audit"
        let action = Self.action(try Self.log(path))
        try await action.begin()
        #expect(try Self.entries(path).map { $0["outcome"] as? String } == ["begun"])
        await action.end(nil)
        await Self.action(try Self.log(path)).end("it is not there")
        let entries = try Self.entries(path)
        #expect(entries.map { $0["outcome"] as? String } == ["begun", "done", "failed"])
        #expect(entries[0]["correlation_id"] as? String == entries[1]["correlation_id"] as? String)
        #expect(entries[2]["detail"] as? String == "it is not there")
        for entry in entries {
            #expect(entry["who"] as? String == "the secret of the role operator")
            #expect(entry["peer"] as? String == "10.0.0.9:4711")
            #expect(entry["action"] as? String == "drain")
            #expect(entry["subject"] as? String == "w1")
            #expect(entry["node"] as? String == "c")
            #expect(EventTime(try #require(entry["time"] as? String)) != nil)
        }
    }

    @Test func afterARenameTheNextEntryIsInANewFile() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/audit"
        let log = try Self.log(path)
        try await Self.action(log).begin()
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try await Self.action(log).begin()
        #expect(try Self.entries(path).count == 1)
        #expect(try Self.entries(path + ".1").count == 1)
        // As copytruncate does it: no hole, no old bytes.
        truncate(path, 0)
        try await Self.action(log).begin()
        #expect(try Self.entries(path).count == 1)
    }

    @Test func whatCannotBeToldIsNotDone() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/audit"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/full")
        let log = try Self.log(path)
        await #expect { try await Self.action(log).begin() } throws: {
            "\($0)".contains(path) && "\($0)".contains("No space left")
        }
        // The end of what was begun holds nobody up.
        await Self.action(log).end(nil)
    }

    @Test func refusalsBeyondTheRateAreCounted() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/audit"
        let log = try Self.log(path)
        let tries = 4 * AuditLog.refusalsPerMinute
        for _ in 0..<tries { await Self.action(log, "unknown").refuse("no role") }
        try await Self.action(log).begin()
        let entries = try Self.entries(path)
        let suppressed = entries.compactMap { $0["suppressed"] as? Int }.reduce(0, +)
        #expect(entries.count - 1 + suppressed == tries)
        #expect(suppressed > 0)
    }

    @Test func longTextsAreCutAndStayReadable() {
        var entry = AuditEntry(
            time: .now,
            correlationID: .random(),
            via: "http",
            who: "nobody",
            peer: "::1",
            action: "a",
            subject: String(repeating: "é\"\n", count: 10_000),
            outcome: .refused
        )
        entry.detail = String(repeating: "x", count: 10_000)
        let line = entry.line(node: "n", suppressed: 3)
        #expect(line.count < 4096)
        #expect(line.count { $0 == 0x0A } == 1)
        #expect((try? JSONSerialization.jsonObject(with: Data(line))) != nil)
    }

    @Test func idsAreThoseOfTheirVersion() {
        for _ in 0..<100 {
            let text = UUID128.random().description
            #expect(text.dropFirst(14).first == "4")
            #expect("89ab".contains(text.dropFirst(19).first!))
        }
    }
}
