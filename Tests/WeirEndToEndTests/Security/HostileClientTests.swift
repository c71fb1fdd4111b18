import Foundation
import Testing

/// Clients that mean harm, or are broken: on every port, while others are served.
@Suite(.serialized) struct HostileClientTests {
    /// Runs a Python script with `HOST:PORT`s as its arguments.
    private func python(_ script: String, _ arguments: [String]) throws -> Command {
        let common = """
            import os, socket, struct, sys, time
            def connect(place):
                host, port = place.rsplit(":", 1)
                return socket.create_connection((host, int(port)), timeout=30)

            """
        return try Command("/usr/bin/env", ["python3", "-c", common + script] + arguments)
    }

    private func place(_ url: URL) -> String { "\(url.host()!):\(url.port!)" }

    @Test func aConnectionThatSendsAByteNowAndThenIsClosedAndOthersAreServedMeanwhile() async throws {
        let file = try RunningNode.configuration("http:\n  idle_timeout_ms: 1000\n  connections_max: 64\n")
        let node = try RunningNode(extra: ["--config", file.path])
        let script = """
            head = b"GET /health HTTP/1.1\\r\\nHost: weir\\r\\nX-Slow: " + b"x" * 1000
            slow = [connect(sys.argv[1]) for _ in range(40)]
            began = time.monotonic()
            sent = 0
            open_ = set(range(len(slow)))
            others = 0
            while open_ and time.monotonic() - began < 60:
                for number in sorted(open_):
                    try:
                        slow[number].sendall(head[sent:sent + 1])
                        slow[number].setblocking(False)
                        try:
                            if slow[number].recv(1) == b"": open_.discard(number)
                        except BlockingIOError: pass
                        slow[number].setblocking(True)
                    except OSError: open_.discard(number)
                sent += 1
                good = connect(sys.argv[1])
                good.sendall(b"GET /health HTTP/1.1\\r\\nHost: weir\\r\\nConnection: close\\r\\n\\r\\n")
                answer = good.recv(4096)
                if b" 200 " in answer: others += 1
                good.close()
                time.sleep(0.1)
            print(len(open_), others >= sent, sent > 3)
            """
        let result = try python(script, [place(node.http)])
        #expect(result.output == "0 True True\n", "\(result.output)\(result.errors)")
    }

    @Test func framesThatAreTooLongOrMakeNoSenseCostTheirSenderTheConnectionAndNobodyElse() async throws {
        let ports = (0..<3).map { _ in Int.random(in: 20_000..<30_000) }
        let urls = ports.map { "tcp://127.0.0.1:\($0)" }
        let node = try RunningNode(
            extra: ["--ingest", urls[0], "--control", urls[1], "--intents", urls[2]]
        )
        // SP's header (RFC of nanomsg: 0 "SP" 0 protocol 0 0), then frames with a length of 8 bytes in front.
        let script = """
            hello = {"req": b"\\0SP\\0\\x00\\x30\\0\\0", "sub": b"\\0SP\\0\\x00\\x21\\0\\0"}
            def read_all(connection):
                data = b""
                try:
                    while True:
                        part = connection.recv(65536)
                        if not part: return data, True
                        data += part
                except (socket.timeout, OSError) as error: return data, not isinstance(error, socket.timeout)
            shapes = [
                b"", os.urandom(4096), b"GET / HTTP/1.1\\r\\n\\r\\n", hello["req"] + struct.pack(">Q", 1 << 62) + b"x" * 4096,
                hello["req"] + struct.pack(">Q", 0), hello["req"] + struct.pack(">Q", 3) + b"abc",
                hello["req"] + struct.pack(">Q", 4100) + b"\\x80\\0\\0\\1" + os.urandom(4096),
                hello["sub"] + struct.pack(">Q", 1 << 40) + b"x" * 100,
            ]
            for place in sys.argv[1:]:
                for shape in shapes:
                    for _ in range(20):
                        connection = connect(place)
                        connection.settimeout(0.05)
                        try: connection.sendall(shape)
                        except OSError: pass
                        read_all(connection)
                        connection.close()
            print("done")
            """
        let places = ports.map { "127.0.0.1:\($0)" } + [place(node.http)]
        let result = try python(script, places)
        #expect(result.output == "done\n", "\(result.errors)")
        // Everyone else is served as before.
        let sent = try Command("weirctl", ["send", "--ingest", urls[0], RunningNode.golden("basic")])
        #expect(sent.status == 0, "\(sent.errors)")
        let flushed = try Command("weirctl", ["flush", "--to", urls[1]])
        #expect(flushed.status == 0, "\(flushed.errors)")
        #expect(try await HTTPAnswer(node, "/ready").status == 200)
    }
}
