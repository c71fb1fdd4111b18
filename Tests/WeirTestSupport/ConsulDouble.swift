import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A stand-in for an agent of Consul, in a process that ends with the value: Tests/doubles/consul.py, which says what it does.
public final class ConsulDouble {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public struct Service: Sendable {
        public var id: String
        public var address: String
        public var port: Int
        public var tags: [String]
        public var meta: [String: String]
        /// `passing`, `warning` or `critical`.
        public var status: String
        /// What the check asks.
        public var checkURL: String
        public var checkInterval: String
        public var checkTimeout: String
    }

    private var process: Process?
    private let arguments: [String]
    public let port: Int
    private let hasTLS: Bool
    public var url: String { "\(hasTLS ? "https" : "http")://127.0.0.1:\(port)" }

    /// - Parameters:
    ///   - token: what every request has to carry.
    ///   - interval: seconds between checks, in place of what is registered.
    ///   - certificates: with them it speaks HTTPS, and asks clients for a certificate of their authority.
    public init(token: String? = nil, interval: Double = 0.1, certificates: Certificates? = nil) throws {
        hasTLS = certificates != nil
        let tls = certificates.map { ["--tls"] + ["node.pem", "node.key", "ca.pem"].map($0.path) }
        arguments = (token.map { ["--token", $0] } ?? []) + ["--interval", "\(interval)"] + (tls ?? [])
        (process, port) = try Self.start(0, arguments)
    }

    deinit { stop() }

    /// Ends it; what was registered is forgotten.
    public func stop() {
        guard let process else { return }
        // Not SIGTERM: a child of a thread of the pool has it blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// Starts it again, on the same port, knowing nobody.
    public func restart() throws {
        stop()
        (process, _) = try Self.start(port, arguments)
    }

    /// The instances of a service, in order of their ids.
    public func instances(of service: String, token: String? = nil) async throws -> [Service] {
        var request = URLRequest(url: URL(string: "\(url)/v1/health/service/\(service)")!)
        if let token { request.setValue(token, forHTTPHeaderField: "X-Consul-Token") }
        let (body, _) = try await URLSession.shared.data(for: request)
        let entries = try JSONSerialization.jsonObject(with: body) as? [[String: Any]] ?? []
        return entries.map { entry in
            let service = entry["Service"] as? [String: Any] ?? [:]
            let check = (entry["Checks"] as? [[String: Any]])?.first ?? [:]
            let definition = check["Definition"] as? [String: Any] ?? [:]
            return Service(
                id: service["ID"] as? String ?? "",
                address: service["Address"] as? String ?? "",
                port: service["Port"] as? Int ?? 0,
                tags: service["Tags"] as? [String] ?? [],
                meta: service["Meta"] as? [String: String] ?? [:],
                status: check["Status"] as? String ?? "",
                checkURL: definition["HTTP"] as? String ?? "",
                checkInterval: definition["Interval"] as? String ?? "",
                checkTimeout: definition["Timeout"] as? String ?? ""
            )
        }
    }

    private static func start(_ port: Int, _ arguments: [String]) throws -> (Process, Int) {
        let process = Process()
        let output = Pipe()
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "doubles/consul.py")
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path, "\(port)"] + arguments
        process.standardOutput = output
        try process.run()
        var line = ""
        while !line.hasSuffix("\n"), let part = try output.fileHandleForReading.read(upToCount: 1), !part.isEmpty {
            line += String(decoding: part, as: UTF8.self)
        }
        guard line.hasPrefix("port "), let bound = Int(line.dropFirst(5).prefix { $0.isNumber }) else {
            kill(process.processIdentifier, SIGKILL)
            throw Failure(description: "consul.py did not start: \(line)")
        }
        return (process, bound)
    }
}
