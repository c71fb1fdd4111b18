import Foundation
import Testing
import WeirTestSupport

/// The dashboard of a real node in a real Chromium.
@Suite struct DashboardTests {
    private static let isChromiumThere = ["chromium", "chromium-browser"].contains { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }

    @Test(
        .enabled(
            if: isChromiumThere,
            "needs Chromium, which is not on the PATH: deploy/install.sh --tests installs it"
        )
    )
    func theDashboardShowsWhatANodeDoesAndNothingThatEventsHoldBecomesCode() throws {
        let node = try RunningNode(workers: 1)
        let hostile = #"<img src=x onerror=\"document.title='hacked'\">"#
        let golden = try String(contentsOfFile: RunningNode.golden("basic"), encoding: .utf8)
        var events = golden.replacing(#""primary_model":"gpt-4o""#, with: "\"primary_model\":\"\(hostile)\"")
        try #require(events != golden, "the golden events have a model to replace")
        events += "this is no event\n"
        let file = node.directory.path + "/events.ndjson"
        try events.write(toFile: file, atomically: true, encoding: .utf8)
        let ctl = Command.programs.appending(path: "weirctl").path
        let send = "'\(ctl)' send --ingest '\(node.ingest)' '\(file)' && '\(ctl)' flush --to '\(node.control)'"
        let script = Command.package.appending(path: "Tests/Dashboard/dashboard.py").path
        let looked = try Command("/usr/bin/env", ["python3", script, "\(node.http)/", "sh", "-c", send])
        #expect(looked.status == 0, "\(looked.output)\(looked.errors)")
    }

    @Test func thePageAndItsPartsComeWithAPolicyThatAllowsNothingElse() async throws {
        let node = try RunningNode(workers: 1)
        let parts = ["dashboard.css", "main.js", "chart.js", "elements.js", "format.js"].map { "/dashboard/\($0)" }
        for part in ["/"] + parts {
            let answer = try await HTTPAnswer(node, part)
            #expect(answer.status == 200 && !answer.text.isEmpty)
            let policy = answer.header("Content-Security-Policy") ?? ""
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self';") && !policy.contains("unsafe"))
            #expect(!policy.contains("http"))
            #expect(!answer.text.contains("innerHTML") && !answer.text.contains("https://"))
        }
    }
}
