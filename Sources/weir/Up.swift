import ArgumentParser
import Foundation
import Logging
import WeirNode

/// `weir up`: a whole node.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run all roles in one process: ingest, workers, coordinator, executor.",
        discussion: """
            Takes events (NDJSON) over nng (REQ) and HTTP (POST /v1/events), keeps journal and windows in the data directory, appends the \
            record of each closed window to DATA/metrics_recorded.ndjson, and publishes its intent over nng (PUB).

            Values come from the defaults, then the configuration file and the contracts it names, then environment variables (WEIR_…), then \
            these flags; what comes later wins. SIGTERM and SIGINT stop the node, within 10 seconds; nothing acknowledged is lost, also when it \
            is killed.

            Exit codes: 0 stopped, 1 it could not start or failed, 64 wrong usage, 75 a listener stopped answering and could not be made anew \
            (start the process again; deploy/run.sh does).

            Examples:
              weir up
              weir up --data /var/lib/weir --workers 8 --http 0.0.0.0:8063 --token-file /etc/weir/token
              weir up --config config/weir.yaml --log-format json
              weir up --ingest tls+tcp://0.0.0.0:7701 --tls-certificate node.pem --tls-key node.key --tls-ca ca.pem
              weir up --data /tmp/weir --ingest ipc:///tmp/weir/ingest.sock --http off
            """
    )

    @Option(help: ArgumentHelp("Configuration file (YAML), such as config/weir.yaml.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Directory of all data. Default: ./weir-data", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("Workers in this process, 1…1024. Default: one a core", valueName: "n"))
    var workers: Int?

    @Option(help: ArgumentHelp("Shards, 1…65536; fixed when the data directory is made. Default: 64", valueName: "n"))
    var shards: Int?

    @Option(help: ArgumentHelp("Where producers send batches. Default: tcp://127.0.0.1:7701", valueName: "url"))
    var ingest: String?

    @Option(help: ArgumentHelp("Where weirctl asks. Default: tcp://127.0.0.1:7700", valueName: "url"))
    var control: String?

    @Option(help: ArgumentHelp("Where intents are published. Default: tcp://127.0.0.1:7702", valueName: "url"))
    var intents: String?

    @Option(help: ArgumentHelp("Where HTTP is served, or off. Default: 127.0.0.1:8063", valueName: "host:port"))
    var http: String?

    @Option(
        name: .customLong("token-file"),
        help: ArgumentHelp(
            "File with a bearer token that may everything over HTTP; this or --token is needed unless --http is on loopback.",
            valueName: "file"
        )
    )
    var tokenFile: String?

    @Option(
        name: .customLong("token"),
        help: ArgumentHelp(
            "A holder's token of HTTP and what it is for: producer, viewer, operator or admin. May be given several times.",
            valueName: "name:role=file"
        )
    )
    var tokens: [HTTPToken] = []

    @Option(
        name: .customLong("window-size-ms"),
        help: ArgumentHelp(
            "Length of a streaming window in milliseconds; must divide an hour. Default: 5000",
            valueName: "n"
        )
    )
    var windowSize: Int?

    @Option(
        name: .customLong("max-lateness"),
        help: ArgumentHelp("How late an event may come, such as 300s, or unlimited. Default: 300s", valueName: "time")
    )
    var maxLateness: String?

    @Option(
        name: .customLong("dedup-horizon"),
        help: ArgumentHelp(
            "How long event ids are remembered, such as 300s, or unlimited. Default: 300s",
            valueName: "time"
        )
    )
    var dedupHorizon: String?

    @Option(
        name: .customLong("log-level"),
        help: ArgumentHelp("trace, debug, info, notice, warning, error or critical. Default: info", valueName: "level")
    )
    var logLevel: String?

    @Option(name: .customLong("log-format"), help: ArgumentHelp("text or json. Default: text", valueName: "format"))
    var logFormat: String?

    @Option(
        name: .customLong("trace-file"),
        help: ArgumentHelp(
            "Append spans of sampled events there, as lines of OTLP/JSON; one file a process, or none. Default: none",
            valueName: "file"
        )
    )
    var traceFile: String?

    @Option(
        name: .customLong("trace-ratio"),
        help: ArgumentHelp("Share of correlation ids that are traced, 0…1. Default: 0.001", valueName: "n")
    )
    var traceRatio: String?

    @OptionGroup(title: "Security") var security: SecurityOptions

    @Flag(
        name: .customLong("print-config"),
        help: "Print the configuration in effect with the origin of each value, and exit."
    )
    var printConfig = false

    func run() async throws {
        do {
            let loaded = try ConfigurationLoader().load(file: config, overrides: overrides)
            if printConfig {
                print(loaded.rendered, terminator: "")
                return
            }
            let logConfiguration = loaded.configuration.node.log
            let log = Logger(label: "weir") { LineLogHandler(label: $0, configuration: logConfiguration) }
            for warning in loaded.warnings { log.ofStart(node: "starting", role: "up").warning("\(warning)") }
            let node = try StandaloneNode(loaded.configuration, log: log)
            try await node.run { http in
                node.log.info(
                    "ready",
                    metadata: [
                        "ingest": "\(node.addresses.ingest)", "control": "\(node.addresses.control)",
                        "intents": "\(node.addresses.intents)", "http": "\(http ?? "off")",
                        "data": "\(node.directory.path)", "workers": "\(node.workers)",
                    ]
                )
            }
            node.log.info("stopped")
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    private var overrides: ConfigurationOverrides {
        var overrides = ConfigurationOverrides()
        overrides.dataDirectory = data
        overrides.workers = workers
        overrides.shards = shards
        overrides.ingestURL = ingest
        overrides.controlURL = control
        overrides.intentsURL = intents
        overrides.http = http
        overrides.tokenFile = tokenFile
        overrides.tokens = tokens
        overrides.windowSizeMilliseconds = windowSize
        overrides.maxLateness = maxLateness
        overrides.dedupHorizon = dedupHorizon
        overrides.logLevel = logLevel
        overrides.traceFile = traceFile
        overrides.traceRatio = traceRatio
        security.set(&overrides)
        overrides.logFormat = logFormat
        return overrides
    }
}
