import Foundation
import Testing
import WeirTestSupport

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Bad input of any kind through a running node: nothing stops, and `accepted = counted + duplicate + quarantined`.
@Suite(.serialized) struct BadInputTests {
    static func event(_ number: Int, extra: String = "") -> String {
        let id = String(format: "%08x-0000-4000-8000-000000000000", number)
        return """
            {"event_type":"CODEGEN_STARTED","event_id":"\(id)","correlation_id":"\(id)","workflow_id":"\(id)",\
            "timestamp":"2026-11-03T00:00:01Z"\(extra)}
            """
    }

    @Test func everyKindOfBadLineIsQuarantinedAndTheStreamGoesOn() throws {
        let node = try RunningNode()
        let deep = String(repeating: "[", count: 10_000)
        var body = Data()
        var bad = 0
        func add(_ line: Data, isBad: Bool) {
            body.append(line)
            body.append(0x0A)
            if isBad { bad += 1 }
        }
        add(Data(Self.event(1).utf8), isBad: false)
        add(Data([0xFF, 0xFE, 0x80]), isBad: true)
        add(Data([0x00, 0x00]), isBad: true)
        add(Data(Self.event(2, extra: ",\"prompt\":\"\(String(repeating: "x", count: 2 << 20))\"").utf8), isBad: true)
        add(Data(Self.event(3, extra: ",\"prompt\":\(deep)").utf8), isBad: true)
        add(
            Data(Self.event(4, extra: ",\"prompt\":\(deep)\(String(repeating: "]", count: 10_000))").utf8),
            isBad: false
        )
        add(Data(Self.event(5).replacingOccurrences(of: "STARTED", with: "PAUSED").utf8), isBad: true)
        add(Data(Self.event(6).replacingOccurrences(of: "2026-11-03", with: "2026-02-30").utf8), isBad: true)
        add(Data(Self.event(1).utf8), isBad: false)  // A duplicate.
        body.append(Data(Self.event(7).utf8))  // Without a line's end.
        let sent = try node.ctl(["send", "--json", "-"], input: body)
        #expect(sent.status == 0, "\(sent.errors)")
        #expect(sent.output.contains("\"accepted\":10,\"quarantined\":\(bad)"), "\(sent.output)")
        try node.ctl(["flush"])
        let tally = try node.tally()
        #expect(tally["accepted"] == 10)
        #expect(tally["counted"] == 3)
        #expect(tally["duplicate"] == 1)
        #expect(tally["quarantined"] == bad)
        let listed = try node.ctl(["quarantine", "--json"])
        #expect(listed.lines.count == bad)
        #expect(listed.lines.contains { $0.contains("\"base64\":\"//6A\"") })
        #expect(listed.lines.contains { $0.contains("\"reason\":\"too_large\"") })
        let table = try node.ctl(["quarantine"])
        #expect(table.output.contains("validation_error") && table.output.contains("timestamp:"))
        let strict = try node.ctl(["send", "--strict", "-"], input: Data("{\n".utf8))
        #expect(strict.status == 2)
    }

    @Test func anEmptyRequestIsAcceptedAsNothing() throws {
        let node = try RunningNode()
        let sent = try node.ctl(["send", "--json", "-"], input: Data())
        #expect(sent.status == 0)
        #expect(sent.output.contains("\"accepted\":0"))
        let blank = try node.ctl(["send", "--json", "-"], input: Data("\n\r\n \n".utf8))
        #expect(blank.output.contains("\"accepted\":0"))
    }

    @Test func tooManyGroupKeysAreOneGroupAndAreCounted() throws {
        let node = try RunningNode()
        let keys = 100_000
        var body = ""
        for number in 0..<keys {
            let id = String(format: "%08x-0000-4000-8000-000000000001", number)
            body += """
                {"event_type":"CODEGEN_FAILED","event_id":"\(id)","correlation_id":"\(id)","workflow_id":"\(id)",\
                "timestamp":"2026-11-03T00:00:01Z","failed_stage":"s","error_code":"E\(number)","partial_duration_seconds":1}

                """
        }
        let sent = try node.ctl(["send", "-"], input: Data(body.utf8))
        #expect(sent.status == 0, "\(sent.errors)")
        try node.ctl(["flush"])
        #expect(try node.tally()["counted"] == keys)
        let record = try node.ctl(["windows", "--type", "streaming", "--json"])
        let window = try #require(
            JSONSerialization.jsonObject(with: Data(record.output.utf8)) as? [String: Any],
            "\(record.errors)"
        )
        let codes = try #require(window["failures_by_error_code"] as? [String: Any])
        #expect(codes.count == 1001)
        #expect(codes["__other__"] as? Int == keys - 1000)
        #expect(codes.values.compactMap { $0 as? Int }.reduce(0, +) == keys)
    }

    @Test func lateAndTooLateEventsAreTakenAsSpecSays() throws {
        let node = try RunningNode(workers: 1)
        func send(_ number: Int, _ time: String) throws {
            let line = Self.event(number).replacingOccurrences(of: "2026-11-03T00:00:01Z", with: time)
            #expect(try node.ctl(["send", "-"], input: Data(line.utf8)).status == 0)
        }
        try send(1, "2026-11-03T01:00:00Z")
        try node.ctl(["flush"])
        try send(2, "2026-11-03T00:59:57Z")  // Late: a revision, or the first of its window.
        try send(3, "2026-11-03T00:50:00Z")  // Older than the watermark by more than five minutes.
        try node.ctl(["flush"])
        let tally = try node.tally()
        #expect(tally["counted"] == 2)
        #expect(tally["quarantined"] == 1)
        let refused = try node.ctl(["quarantine", "--json"])
        #expect(refused.output.contains("\"reason\":\"too_late\""))
        #expect(refused.output.contains("00:50:00Z"))
    }

    // MARK: - HTTP

    private func post(_ node: RunningNode, _ body: Data, headers: [String: String] = [:]) async throws -> (Int, String)
    {
        var request = URLRequest(url: node.http.appending(path: "v1/events"))
        request.httpMethod = "POST"
        request.httpBody = body
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
    }

    @Test func httpTakesLinesArraysAndGzip() async throws {
        let node = try RunningNode()
        let lines = Data("\(Self.event(1))\n\(Self.event(2))\n{\n".utf8)
        let plain = try await post(node, lines)
        #expect(plain.0 == 200 && plain.1.contains("\"accepted\":3,\"quarantined\":1"), "\(plain)")
        let array = try await post(node, Data(" [\(Self.event(3)), \(Self.event(4))]".utf8))
        #expect(array.0 == 200 && array.1.contains("\"accepted\":2,\"quarantined\":0"), "\(array)")
        let script = "import gzip,sys; sys.stdout.write(gzip.compress(sys.stdin.buffer.read()).hex())"
        let hex = try Command("/usr/bin/env", ["python3", "-c", script], input: Data(Self.event(5).utf8)).output
        let compressed = Data(
            stride(from: 0, to: hex.count, by: 2).map { offset in
                let start = hex.index(hex.startIndex, offsetBy: offset)
                return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16)!
            }
        )
        let gzip = try await post(node, compressed, headers: ["Content-Encoding": "gzip"])
        #expect(gzip.0 == 200 && gzip.1.contains("\"accepted\":1"), "\(gzip)")
        let broken = try await post(node, compressed.dropLast(6), headers: ["Content-Encoding": "gzip"])
        #expect(broken.0 == 400 && broken.1.contains("gzip"), "\(broken)")
        let unknown = try await post(node, lines, headers: ["Content-Encoding": "br"])
        #expect(unknown.0 == 415, "\(unknown)")
        let empty = try await post(node, Data())
        #expect(empty.0 == 200 && empty.1.contains("\"accepted\":0"), "\(empty)")
        try node.ctl(["flush"])
        #expect(try node.tally()["counted"] == 5)
    }

    @Test func healthSaysWhatTheNodeIs() async throws {
        let node = try RunningNode()
        let (data, response) = try await URLSession.shared.data(from: node.http.appending(path: "health"))
        #expect((response as? HTTPURLResponse)?.statusCode == 200)
        let health = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(Set(health.keys) == ["status", "node_id", "node_type", "version", "window_type", "batch_size"])
        #expect(health["status"] as? String == "ready")
        #expect(health["batch_size"] as? Int == 100)
    }

    // MARK: - Operators' mistakes

    @Test func mistakesAreAnsweredWithWhatToDo() throws {
        let node = try RunningNode()
        let second = try Command("weir", ["up", "--data", node.directory.path + "/data"])
        #expect(second.status == 1 && second.errors.contains("in use by another process"), "\(second.errors)")
        let nobody = try Command("weirctl", ["status", "--to", "ipc:///tmp/weir-nobody", "--timeout", "0.2"])
        #expect(nobody.status == 1 && nobody.errors.contains("no coordinator answers"), "\(nobody.errors)")
        let state = try node.ctl(["intents", "--state", "lost"])
        #expect(state.status == 1 && state.errors.contains("pending, completed, failed"), "\(state.errors)")
        let workflow = try node.ctl(["workflow", "00000000-0000-4000-8000-000000000000"])
        #expect(workflow.status == 1 && workflow.errors.contains("not known"), "\(workflow.errors)")
        #expect(node.stop().status == 0)
        let shards = try Command("weir", ["up", "--data", node.directory.path + "/data", "--shards", "7"])
        #expect(shards.status == 1 && shards.errors.contains("64"), "\(shards.errors)")
    }
}
