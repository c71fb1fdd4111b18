import Foundation
import Testing
import WeirTestSupport

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Debian's Prometheus (deploy/install.sh --tests), which scrapes nodes of a test and keeps what it finds in a directory that is removed
/// with it.
final class RunningPrometheus {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")
    static let hint: Comment = "prometheus is not installed: deploy/install.sh --tests"

    private let directory: TemporaryDirectory
    private let process = Process()
    private let port: Int

    /// - Parameters:
    ///   - nodes: base URLs of their HTTP.
    ///   - rules: path of a file of rules.
    init(scraping nodes: [URL], rules: String) throws {
        directory = try TemporaryDirectory()
        port = try Self.freePort()
        let targets = nodes.map { "\"\($0.host()!):\($0.port!)\"" }.joined(separator: ", ")
        let configuration = """
            global: {scrape_interval: 200ms, scrape_timeout: 200ms}
            rule_files: ["\(rules)"]
            scrape_configs:
              - job_name: weir
                static_configs: [{targets: [\(targets)]}]
            """
        let file = directory.path + "/prometheus.yml"
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        process.executableURL = URL(filePath: "/usr/bin/prometheus")
        process.arguments = [
            "--config.file=\(file)", "--storage.tsdb.path=\(directory.path)/data",
            "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
        ]
        try process.run()
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    /// The samples that an expression has now, as texts of their values with their labels; none while Prometheus does not answer yet.
    func samples(_ expression: String) async throws -> [(labels: [String: String], value: String)] {
        var url = URLComponents(string: "http://127.0.0.1:\(port)/api/v1/query")!
        url.queryItems = [URLQueryItem(name: "query", value: expression)]
        // A plus would be read as a blank.
        url.percentEncodedQuery = url.percentEncodedQuery?.replacingOccurrences(of: "+", with: "%2B")
        guard let (body, response) = try? await URLSession.shared.data(from: url.url!) else { return [] }
        // It listens before it has read its storage, and until then answers 503 with a line of text.
        if (response as? HTTPURLResponse)?.statusCode == 503 { return [] }
        let answer = try #require(JSONSerialization.jsonObject(with: body) as? [String: Any])
        #expect(answer["status"] as? String == "success", "\(expression): \(String(decoding: body, as: UTF8.self))")
        let result = (answer["data"] as? [String: Any])?["result"] as? [[String: Any]] ?? []
        return result.compactMap { sample in
            guard let value = (sample["value"] as? [Any])?.last as? String else { return nil }
            return (sample["metric"] as? [String: String] ?? [:], value)
        }
    }

    /// A port that is free now.
    private static func freePort() throws -> Int {
        let script = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
        return try #require(Int(Command("/usr/bin/env", ["python3", "-c", script]).lines.first ?? ""))
    }
}
