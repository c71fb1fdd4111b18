import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Windows as they close, as server-sent events.
@Suite(.serialized) struct StreamTests {
    /// A client in a process of its own: it reads `count` events, or to the end.
    private func client(_ node: RunningNode, _ query: String = "", after: Int? = nil) throws -> (Process, Pipe) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/curl")
        process.arguments =
            ["--silent", "--no-buffer", "--max-time", "60", node.http.absoluteString + "/v1/stream" + query]
            + (after.map { ["--header", "Last-Event-ID: \($0)"] } ?? [])
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        return (process, output)
    }

    /// Reads until a text has come.
    private func read(_ output: Pipe, until text: String) -> String {
        var all = Data()
        while !String(decoding: all, as: UTF8.self).contains(text) {
            let part = output.fileHandleForReading.availableData
            if part.isEmpty { break }
            all += part
        }
        return String(decoding: all, as: UTF8.self)
    }

    @Test func windowsAreSentAsTheyCloseAndAgainToWhoComesBack() throws {
        let node = try RunningNode()
        let (live, output) = try client(node, "?type=hourly")
        defer { live.terminate() }
        #expect(read(output, until: "retry: 1000\n\n").hasPrefix("retry: 1000"))
        #expect(try node.ctl(["send", "-"], input: Data(BadInputTests.event(1).utf8)).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        let event = read(output, until: "}\n\n")
        #expect(event.hasPrefix("id: "))
        #expect(event.contains("\nevent: window\ndata: {\"event_type\":\"GENERATION_METRICS_RECORDED\""))
        #expect(event.contains("\"window_type\":\"hourly\""))

        // One that had the first emission gets the other four.
        let (again, rest) = try client(node, after: 1)
        defer { again.terminate() }
        let text = read(rest, until: "id: 5\n")
        #expect(!text.contains("id: 1\n"))
        for number in 2...5 { #expect(text.contains("id: \(number)\n")) }
    }

    @Test func aNodeThatStopsSaysSoAndDoesNotWait() throws {
        let node = try RunningNode()
        let (process, output) = try client(node)
        _ = read(output, until: "retry: 1000\n\n")
        let stop = node.stop()
        #expect(stop.status == 0 && stop.seconds < 10)
        #expect(
            read(output, until: "Last-Event-ID").contains("event: dropped\ndata: {\"reason\":\"the node is stopping")
        )
        process.waitUntilExit()
    }

    @Test func streamsAreLimited() async throws {
        let file = try RunningNode.configuration("http:\n  streams_max: 1\n")
        let node = try RunningNode(extra: ["--config", file.path])
        let (process, output) = try client(node)
        defer { process.terminate() }
        _ = read(output, until: "retry: 1000\n\n")
        try await HTTPAnswer(node, "/v1/stream").expectProblem(429, "too-many-requests", "http.streams_max")
    }

    @Test func aClientThatDoesNotReadIsDropped() throws {
        let file = try RunningNode.configuration("http:\n  stream_buffer_max: 16\n")
        let node = try RunningNode(extra: ["--config", file.path])
        // The client reads the head and then nothing until it is told to; the node's and the system's buffers fill.
        let script = """
            import socket, sys
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect((sys.argv[1], int(sys.argv[2])))
            connection.sendall(b"GET /v1/stream HTTP/1.1\\r\\nHost: weir\\r\\n\\r\\n")
            answer = connection.recv(4096)
            print("reading", flush=True)
            sys.stdin.readline()
            connection.settimeout(30)
            while True:
                try: part = connection.recv(65536)
                except ConnectionError: break
                if not part: break
                answer += part
                if b"stream_buffer_max" in answer: break
            print("dropped" if b"stream_buffer_max" in answer else "closed", flush=True)
            """
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, node.http.host()!, "\(node.http.port!)"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        #expect(read(output, until: "reading").contains("reading"))
        // Many large windows: each minute an event with groups of its own.
        var body = ""
        for number in 0..<3000 {
            let id = String(format: "%08x-0000-4000-8000-000000000002", number)
            let time = String(format: "2026-11-03T%02d:%02d:%02dZ", number / 720, number / 12 % 60, number % 12 * 5)
            body += """
                {"event_type":"CODEGEN_STARTED","event_id":"\(id)","correlation_id":"\(id)","workflow_id":"\(id)","timestamp":"\(time)"}

                """
        }
        #expect(try node.ctl(["send", "-"], input: Data(body.utf8)).status == 0)
        #expect(try node.ctl(["flush"]).status == 0)
        // What was on its way comes, then the reason; or the end, when the client was too slow for that too.
        input.fileHandleForWriting.write(Data("go\n".utf8))
        let end = read(output, until: "\n")
        #expect(end.contains("dropped") || end.contains("closed"))
        process.waitUntilExit()
    }
}
