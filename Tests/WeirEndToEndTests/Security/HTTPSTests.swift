import Foundation
import Testing
import WeirTestSupport

/// HTTP over TLS, by a client that believes one authority alone.
@Suite(.serialized) struct HTTPSTests {
    private let folder: TemporaryDirectory
    private let node: RunningNode
    private let first: Certificates

    init() throws {
        folder = try TemporaryDirectory()
        first = try Certificates()
        try first.put(["node.pem", "node.key"], in: folder)
        let file = try RunningNode.configuration(
            """
            http:
              tls_certificate: \(folder.path)/node.pem
              tls_key: \(folder.path)/node.key
              idle_timeout_ms: 1000

            """
        )
        node = try RunningNode(extra: ["--config", file.path])
    }

    private func python(_ script: String, _ arguments: [String] = []) throws -> String {
        let place = ["\(node.http.host()!)", "\(node.http.port!)"]
        let run = try Command("/usr/bin/env", ["python3", "-c", script] + place + arguments)
        try #require(run.status == 0, "\(run.errors)")
        return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The status of `/ready`, or why there is none.
    private func ask(believing certificates: Certificates) throws -> String {
        try python(
            """
            import socket, ssl, sys
            context = ssl.create_default_context(cafile=sys.argv[3])
            try:
                with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=30) as raw:
                    with context.wrap_socket(raw, server_hostname="localhost") as line:
                        line.sendall(b"GET /ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n")
                        print(line.recv(4096).split(b" ")[1].decode())
            except ssl.SSLCertVerificationError: print("not believed")
            """,
            [certificates.path("ca.pem")]
        )
    }

    @Test func theCertificateIsServedAndItsSuccessorWithoutARestart() throws {
        let second = try Certificates()
        #expect(try ask(believing: first) == "200")
        #expect(try ask(believing: second) == "not believed")

        try second.put(["node.pem", "node.key"], in: folder)
        try awaitThat("the second certificate is served", told: { node.log }) { try ask(believing: second) == "200" }
        #expect(try ask(believing: first) == "not believed")
        try awaitThat("the log tells", told: { node.log }) { node.log.contains("HTTP has a new certificate") }

        // What can't be served is not, and is told.
        try first.put(["node.key"], in: folder)
        try awaitThat("the log tells", told: { node.log }) { node.log.contains("can't be used together") }
        #expect(try ask(believing: second) == "200")
        #expect(!node.log.contains("PRIVATE KEY"))
    }

    @Test func whoSpeaksNoTLSOrNothingAtAllIsClosed() throws {
        let answers = try python(
            """
            import socket, sys
            for text in [b"", b"GET /ready HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"]:
                with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=30) as line:
                    line.sendall(text)
                    answer = b""
                    while True:
                        part = line.recv(4096)
                        if not part: break
                        answer += part
                    print(b"200" in answer)
            """
        )
        #expect(answers == "False\nFalse")
        #expect(try ask(believing: first) == "200")
    }

    @Test func oneFileWithoutTheOtherIsRefusedAtTheStart() throws {
        let file = try RunningNode.configuration("http:\n  tls_certificate: \(folder.path)/node.pem\n")
        let checked = try Command("weirctl", ["config", "check", file.path])
        #expect(checked.status != 0)
        #expect((checked.output + checked.errors).contains("http.tls_key"))
    }
}
