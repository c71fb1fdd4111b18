import Foundation
import Testing
import WeirTestSupport

/// The example client in another language, against a real node.
@Suite struct PythonClientTests {
    @Test func pynngSendsEventsAndReceivesIntents() throws {
        let folder = try TemporaryDirectory()
        let venv = folder.path + "/venv"
        let made = try Command("/usr/bin/env", ["python3", "-m", "venv", venv])
        try #require(made.status == 0, "\(made.output)\(made.errors)")
        let installed = try Command(
            "\(venv)/bin/pip",
            ["install", "--quiet", "--disable-pip-version-check", "pynng>=0.8,<1"]
        )
        try #require(installed.status == 0, "\(installed.errors)")

        let node = try RunningNode(workers: 2)
        let script = Command.package.appending(path: "deploy/examples/client.py").path
        let watcher = Process()
        watcher.executableURL = URL(filePath: "\(venv)/bin/python3")
        watcher.arguments = [script, "watch", "--intents", node.intents, "--count", "5", "--seconds", "60"]
        let output = Pipe()
        let errors = Pipe()
        watcher.standardOutput = output
        watcher.standardError = errors
        try watcher.run()
        defer { if watcher.isRunning { watcher.terminate() } }
        // "subscribed": the dialer of a Sub0 connects before it says so.
        _ = errors.fileHandleForReading.availableData

        let sent = try Command(
            "\(venv)/bin/python3",
            [script, "send", "--ingest", node.ingest, RunningNode.golden("basic")]
        )
        #expect(sent.status == 0, "\(sent.errors)")
        #expect(sent.lines.last == #"{"accepted": 386, "quarantined": 0}"#)
        try node.ctl(["flush"])
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        watcher.waitUntilExit()
        #expect(watcher.terminationStatus == 0)
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.contains(#""topic": "dev.coordination.event_publish_intent.v1""#) })
    }
}
