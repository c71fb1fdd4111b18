import Foundation
import Testing
import WeirTestSupport

/// The bearer token, and what the node refuses to do without one.
@Suite(.serialized) struct ProtectionTests {
    private static let token = "0123456789abcdef0123456789abcdef"

    @Test func whatChangesSomethingNeedsTheTokenAndNothingElseDoes() async throws {
        let folder = try TemporaryDirectory()
        let file = folder.path + "/token"
        try (Self.token + "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let node = try RunningNode(extra: ["--token-file", file])
        let event = Data(BadInputTests.event(1).utf8)
        let changing: [(String, String, Data?)] = [
            ("POST", "/v1/events", event), ("POST", "/v1/quarantine/1/replay", nil),
            ("DELETE", "/v1/quarantine/1", nil),
        ]
        for (method, path, body) in changing {
            for header in [
                nil, "Bearer", "Bearer \(Self.token)0", "Bearer " + Self.token.uppercased(), "Basic \(Self.token)",
            ] {
                let headers = header.map { ["Authorization": $0] } ?? [:]
                let answer = try await HTTPAnswer(node, path, method: method, body: body, headers: headers)
                try answer.expectProblem(401, "unauthorized", "Authorization: Bearer")
                #expect(answer.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
            }
        }
        let headers = ["Authorization": "Bearer \(Self.token)"]
        #expect(try await HTTPAnswer(node, "/v1/events", method: "POST", body: event, headers: headers).status == 200)
        #expect(try await HTTPAnswer(node, "/v1/quarantine/1", method: "DELETE", headers: headers).status == 404)
        for path in ["/health", "/v1/cluster", "/v1/windows", "/v1/quarantine", "/openapi.json"] {
            #expect(try await HTTPAnswer(node, path).status == 200)
        }
        let document = try await HTTPAnswer(node, "/openapi.json").text
        #expect(document.contains("\"security\":[{\"token\":[\"admin\"]}]"))
    }

    @Test func aNodeThatOthersCanReachDoesNotStartWithoutOne() throws {
        let folder = try TemporaryDirectory()
        let open = try Command("weir", ["up", "--data", folder.path + "/data", "--http", "0.0.0.0:0"])
        #expect(open.status == 1 && open.errors.contains("--token-file"), "\(open.errors)")
        let file = folder.path + "/token"
        try "short\n".write(toFile: file, atomically: true, encoding: .utf8)
        let ipc = "ipc://\(folder.path)/"
        let listeners = ["--ingest", ipc + "i", "--control", ipc + "c", "--intents", ipc + "p"]
        let start = ["up", "--data", folder.path + "/data", "--http", "0.0.0.0:0", "--token-file"]
        let weak = try Command("weir", start + [file] + listeners)
        #expect(weak.status == 1 && weak.errors.contains("openssl rand"), "\(weak.errors)")
        let missing = try Command("weir", start + [folder.path + "/none"] + listeners)
        #expect(missing.status == 1 && missing.errors.contains("can't be read"), "\(missing.errors)")
    }

    @Test func bodiesThatAreTooLongOrInAnotherFormAreRefused() async throws {
        let file = try RunningNode.configuration("http:\n  body_bytes_max: 1KiB\n  body_timeout_ms: 200\n")
        let node = try RunningNode(extra: ["--config", file.path])
        func post(_ body: Data, _ headers: [String: String] = [:]) async throws -> HTTPAnswer {
            try await HTTPAnswer(node, "/v1/events", method: "POST", body: body, headers: headers)
        }
        let long = Data(repeating: 0x20, count: 1025)
        try await post(long).expectProblem(413, "too-large", "1024 bytes")
        let form = try await post(Data(), ["Content-Type": "image/png"])
        try form.expectProblem(415, "unsupported-media-type", "application/x-ndjson")
        try await post(Data(), ["Content-Encoding": "br"]).expectProblem(415, "unsupported-media-type", "gzip")
        try await post(Data([1, 2]), ["Content-Encoding": "gzip"]).expectProblem(400, "invalid-body", "gzip")
        // A body that stops in the middle.
        let script = """
            import socket, sys
            connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
            connection.sendall(b"POST /v1/events HTTP/1.1\\r\\nHost: weir\\r\\nContent-Length: 100\\r\\n\\r\\n{")
            answer = b""
            while b"body-timeout" not in answer:
                part = connection.recv(4096)
                if not part: break
                answer += part
            print(answer.decode())
            """
        let slow = try Command(
            "/usr/bin/env",
            ["python3", "-c", script, node.http.host()!, "\(node.http.port!)"]
        )
        #expect(slow.output.contains("408") && slow.output.contains("body-timeout"), "\(slow.output)\(slow.errors)")
    }
}
