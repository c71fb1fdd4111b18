import ArgumentParser
import Foundation
import WeirCore
import WeirLoad
import WeirNode

/// Where the load goes, and how: for `run` and `find-limit`.
struct TargetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "An ingest: an nng URL, or http://HOST:PORT or https://HOST:PORT for POST /v1/events. May be given again: connections are dealt out. Default: tcp://127.0.0.1:7701",
            valueName: "url"
        )
    )
    var ingest: [String] = []

    @Option(help: ArgumentHelp("Control URL of the coordinator.", valueName: "url"))
    var control = "tcp://127.0.0.1:7700"

    @Option(help: ArgumentHelp("Where intents are published, for the latency of windows; or off.", valueName: "url"))
    var intents = "tcp://127.0.0.1:7702"

    @Option(
        help: ArgumentHelp(
            "The node's configuration file, for its contract, TLS files, secret and token (or the WEIR_… variables that the node has). Default: the built-in values",
            valueName: "file"
        )
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Certificates of the authorities that nodes are verified with (PEM). Default: security.tls_ca of --config; for https without it the system's",
            valueName: "file"
        )
    )
    var tlsCa: String?

    @Option(
        help: ArgumentHelp(
            "Bearer token for HTTP. Default: http.token_file of --config, or of its http.tokens that of a producer",
            valueName: "file"
        )
    )
    var tokenFile: String?

    @Option(
        name: .customLong("window-size-ms"),
        help: ArgumentHelp("Length of a streaming window, as the node has it. Default: the contract's", valueName: "n")
    )
    var windowSize: Int?

    @Option(help: "Connections, 1…1024.")
    var connections = 4

    @Option(
        name: .customLong("in-flight"),
        help: "Requests in flight on each connection, 1…1024. With HTTP each is a socket of its own."
    )
    var inFlight = 16

    @Option(help: "Events of a full batch, 1…100000.")
    var batch = 100

    @Option(
        name: .customLong("batch-wait"),
        help: ArgumentHelp("Longest wait before a batch that is not full goes.", valueName: "time")
    )
    var batchWait = Seconds(0.005)

    @Option(
        name: .customLong("give-up-after"),
        help: ArgumentHelp("How long a batch is tried before it counts as failed.", valueName: "time")
    )
    var giveUpAfter = Seconds(60)

    @Option(
        name: .customLong("drain"),
        help: ArgumentHelp("How long after the schedule's end the rest may still be sent.", valueName: "time")
    )
    var drain = Seconds(60)

    @Option(
        name: .customLong("warm-up"),
        help: ArgumentHelp("Begin of a run that is sent and checked, and not measured.", valueName: "time")
    )
    var warmUp = Seconds(2)

    @Option(
        help: ArgumentHelp(
            "Process to watch: auto (whoever listens on the URLs, on this machine), none, or a pid. May be given again.",
            valueName: "pid"
        )
    )
    var pid: [String] = []

    @Flag(
        help: "Write all events before the run, in memory (about 500 bytes each): the highest rates on a small machine."
    )
    var pregenerate = false

    var urls: [String] { ingest.isEmpty ? ["tcp://127.0.0.1:7701"] : ingest }

    func validate() throws {
        try Self.check("--connections", connections, 1...1024)
        try Self.check("--in-flight", inFlight, 1...1024)
        try Self.check("--batch", batch, 1...100_000)
        for (name, time) in [
            ("--give-up-after", giveUpAfter), ("--drain", drain), ("--warm-up", warmUp), ("--batch-wait", batchWait),
        ]
        where time.value > 86_400 {
            throw ValidationError("\(name): a time up to 24h is needed")
        }
        for url in urls where url.hasPrefix("http") && HTTPAddress(url) == nil {
            throw ValidationError(
                "--ingest \(url): a URL such as http://127.0.0.1:8063 or https://ingest.example.org:8063 is needed"
            )
        }
        for pid in pid where pid != "auto" && pid != "none" && !(Int(pid).map { $0 > 0 } ?? false) {
            throw ValidationError("--pid \(pid): auto, none, or the number of a process is needed")
        }
    }

    static func check<Value: Comparable>(_ name: String, _ value: Value, _ range: ClosedRange<Value>) throws {
        guard range.contains(value) else {
            throw ValidationError("\(name) \(value): a number in \(range.lowerBound)…\(range.upperBound) is needed")
        }
    }

    func access() throws -> ClusterAccess {
        var overrides = ConfigurationOverrides()
        overrides.windowSizeMilliseconds = windowSize
        overrides.tlsAuthority = tlsCa
        overrides.tokenFile = tokenFile
        return try ClusterAccess(ConfigurationLoader().load(file: config, overrides: overrides).configuration)
    }

    func pids() -> [Int] {
        let asked = pid.isEmpty ? ["auto"] : pid
        if asked.contains("none") { return [] }
        var found = asked.compactMap { Int($0) }
        if asked.contains("auto") {
            found += ListeningProcess.pids(listeningOn: urls + [control]).filter { !found.contains($0) }
        }
        return found
    }

    func options() -> LoadRun.Options {
        LoadRun.Options(
            urls: urls,
            inFlight: inFlight,
            giveUpAfter: giveUpAfter.duration,
            drainLimit: drain.duration,
            warmUp: warmUp.duration,
            intentsURL: intents == "off" ? nil : intents,
            pids: pids(),
            pregenerates: pregenerate
        )
    }
}
