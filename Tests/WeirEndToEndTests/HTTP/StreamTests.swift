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

    /// Its kernel and the node's take about 5 MB for a client that does not read: there are more than 12.
    @Test func aClientThatDoesNotReadIsDropped() async throws {
        let file = try RunningNode.configuration("http:\n  stream_buffer_max: 16\n")
        let node = try RunningNode(extra: ["--config", file.path])
        let script = #"""
            import re, socket, sys
            def subscribe(after):
                stream = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=60)
                stream.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: weir\r\n{after}\r\n".encode())
                return stream
            def read(stream, end):
                answer = b""
                try:
                    while not (end in answer[-100000:]) and (part := stream.recv(1 << 16)): answer += part
                except ConnectionError: pass
                return answer
            def say(text):
                sys.stdout.write(text + "\n")
                sys.stdout.flush()
            slow = subscribe("")
            read(slow, b"retry: 1000")
            say("subscribed")
            sys.stdin.readline()
            say("dropped" if b"stream_buffer_max" in read(slow, b"\r\n0\r\n\r\n") else "closed")
            again = read(subscribe("Last-Event-ID: 0\r\n"), b"id: 304\n")
            say("missing: %s" % (set(range(1, 305)) - {int(id) for id in re.findall(rb"id: (\d+)\n", again)}))
            """#
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, node.http.host()!, "\(node.http.port!)"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer { process.terminate() }
        #expect(read(output, until: "subscribed\n") == "subscribed\n")
        let body = (0..<6000).map { number in
            let id = String(format: "%08x-0000-4000-8000-000000000002", number)
            let time = String(format: "2026-11-03T00:%02d:%02dZ", number / 240, number / 20 % 12 * 5)
            let long = String(repeating: "E", count: 1000) + "\(number % 20)"
            return """
                {"event_type":"CODEGEN_FAILED","event_id":"\(id)","correlation_id":"\(id)","workflow_id":"\(id)",\
                "timestamp":"\(time)","failed_stage":"\(long)","partial_duration_seconds":1,"error_code":"\(long)"}
                """
        }
        let sent = try node.ctl(["send", "--strict", "-"], input: Data(body.joined(separator: "\n").utf8))
        #expect(sent.status == 0, "\(sent.output)\(sent.errors)")
        #expect(try node.ctl(["flush"]).status == 0)
        let end = Date().addingTimeInterval(60)
        while try await !HTTPAnswer(node, "/metrics").text.contains("\nweir_http_streams 0\n") {
            try #require(Date() < end, "the client is there after 60 s")
            usleep(10_000)
        }
        // What was on its way comes, then the reason; or the end, when the client was too slow for that too.
        input.fileHandleForWriting.write(Data("go\n".utf8))
        let last = read(output, until: "\n")
        #expect(last == "dropped\n" || last == "closed\n")
        // Coming back it gets them all: 300 windows of 5 s, and an hour, a day, a week, a month; and revisions, if any.
        #expect(read(output, until: "\n") == "missing: set()\n")
    }
}
