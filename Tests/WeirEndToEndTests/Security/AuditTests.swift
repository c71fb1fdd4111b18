import Foundation
import Testing
import WeirTestSupport

/// Tokens with roles and the audit log of a whole node, over HTTP and nng.
@Suite(.serialized) struct AuditTests {
    private static func token(_ role: String) -> String { "0123456789abcdef0123456789-\(role)" }
    private static let roles = ["producer", "viewer", "operator", "admin"]

    private func start(_ folder: TemporaryDirectory, _ extra: [String] = []) throws -> RunningNode {
        for role in Self.roles {
            try Self.token(role).write(toFile: "\(folder.path)/\(role)", atomically: true, encoding: .utf8)
        }
        return try RunningNode(
            extra: Self.roles.flatMap { ["--token", "my-\($0):\($0)=\(folder.path)/\($0)"] }
                + ["--audit-log", folder.path + "/audit"] + extra
        )
    }

    private func entries(_ folder: TemporaryDirectory) throws -> [[String: Any]] {
        try String(contentsOfFile: folder.path + "/audit", encoding: .utf8).split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    /// Routes that need a token, with the roles that may, and what they answer to who may.
    private static let routes: [(String, String, roles: [String], status: Int)] = [
        ("POST", "/v1/events", ["producer", "operator", "admin"], 200),
        ("POST", "/v1/quarantine/1/replay", ["operator", "admin"], 404),
        ("DELETE", "/v1/quarantine/1", ["operator", "admin"], 404),
        ("POST", "/v1/nodes/ingest-9/forget", ["admin"], 404),
    ]
    private static let reads = [
        "/metrics", "/v1/cluster", "/v1/windows", "/v1/intents", "/v1/quarantine", "/v1/workflows", "/v1/alerts",
    ]

    @Test func eachTokenMayWhatItsRoleMay() async throws {
        let folder = try TemporaryDirectory()
        let file = try RunningNode.configuration("http:\n  anonymous_reads: refused\n")
        let node = try start(folder, ["--config", file.path])
        let routes = Self.routes + Self.reads.map { ("GET", $0, ["viewer", "operator", "admin"], 200) }
        for (method, path, roles, status) in routes {
            let body = method == "POST" ? Data(BadInputTests.event(1).utf8) : nil
            let nobody = try await HTTPAnswer(node, path, method: method, body: body)
            try nobody.expectProblem(401, "unauthorized", "needs a token of the role \(roles[0])")
            #expect(nobody.text.contains("\"needed_role\":\"\(roles[0])\""))
            for role in Self.roles {
                let headers = ["Authorization": "Bearer \(Self.token(role))"]
                let answer = try await HTTPAnswer(
                    node,
                    path,
                    method: method,
                    body: body,
                    headers: headers
                )
                if roles.contains(role) {
                    #expect(answer.status == status, "\(role) \(method) \(path): \(answer.status)")
                } else {
                    try answer.expectProblem(403, "forbidden", "the token my-\(role) has the role \(role)")
                    #expect(answer.text.contains("\"needed_role\":\"\(roles[0])\""))
                }
            }
        }
        for path in ["/health", "/ready", "/openapi.json", "/", "/dashboard/main.js"] {
            #expect(try await HTTPAnswer(node, path).status == 200, "\(path)")
        }
    }

    @Test func whatOperatorsDoIsInTheAuditLogAndSoIsWhatWasRefused() async throws {
        let folder = try TemporaryDirectory()
        let node = try start(folder)
        let id = "0f8fad5b-d9cb-469f-a165-70867728950e"
        let forget = "/v1/nodes/ingest-9/forget"
        _ = try await HTTPAnswer(
            node,
            forget,
            method: "POST",
            headers: ["Authorization": "Bearer \(Self.token("admin"))", "X-Correlation-ID": id]
        )
        _ = try await HTTPAnswer(
            node,
            forget,
            method: "POST",
            headers: ["Authorization": "Bearer \(Self.token("operator"))"]
        )
        _ = try await HTTPAnswer(node, forget, method: "POST")
        let flushed = try node.ctl(["flush"])
        #expect(flushed.status == 0, "\(flushed.errors)")
        _ = try node.ctl(["status"])

        let entries = try entries(folder)
        let told = entries.map { entry in
            ["via", "who", "action", "subject", "outcome"].map { entry[$0] as? String ?? "" }.joined(separator: "|")
        }
        #expect(
            told == [
                "http|the token my-admin|forgetNode|\(forget)|begun",
                "http|the token my-admin|forgetNode|\(forget)|failed",
                "http|the token my-operator|forgetNode|\(forget)|refused", "http|nobody|forgetNode|\(forget)|refused",
                "nng|no secret|flush|the cluster|begun", "nng|no secret|flush|the cluster|done",
            ]
        )
        #expect(entries[0]["correlation_id"] as? String == id)
        #expect(entries[0]["peer"] as? String == "127.0.0.1")
        // Neither the log nor the audit log tells a token.
        for text in [node.log, try String(contentsOfFile: folder.path + "/audit", encoding: .utf8)] {
            #expect(!text.contains(Self.token("")))
        }
    }

    @Test func nothingIsDoneThatCannotBeTold() async throws {
        let folder = try TemporaryDirectory()
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/audit", withDestinationPath: "/dev/full")
        let node = try start(folder)
        let flushed = try node.ctl(["flush"])
        #expect(flushed.status == 1)
        #expect(
            flushed.errors.contains("nothing was done") && flushed.errors.contains("No space left"),
            "\(flushed.errors)"
        )
        let answer = try await HTTPAnswer(
            node,
            "/v1/quarantine/1",
            method: "DELETE",
            headers: ["Authorization": "Bearer \(Self.token("admin"))"]
        )
        try answer.expectProblem(503, "unavailable", "nothing was done")
        // What is only read goes on.
        #expect(try node.ctl(["status"]).status == 0)
    }
}
