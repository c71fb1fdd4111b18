import ArgumentParser
import Foundation
import Logging
import WeirNode
import WeirWire

/// What the commands of all roles have in common.
struct RoleOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Configuration file (YAML), such as config/weir.yaml; one for the whole cluster.",
            valueName: "file"
        )
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where to serve the HTTP interface and the dashboard (POST /v1/events on an ingest alone). Default: off",
            valueName: "host:port"
        )
    )
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

    @Flag(
        name: .customLong("print-config"),
        help: "Print the configuration in effect with the origin of each value, and exit."
    )
    var printConfig = false

    @OptionGroup(title: "Security") var security: SecurityOptions

    /// Loads the configuration, makes the role's node, and runs it.
    func run(
        _ name: NodeName,
        as role: ConfigurationOverrides.Role,
        overrides set: (inout ConfigurationOverrides) -> Void,
        make: (Configuration, Logger) throws -> RoleNode
    ) async throws {
        do {
            var overrides = ConfigurationOverrides()
            overrides.role = role
            overrides.http = http ?? "off"
            overrides.logLevel = logLevel
            overrides.logFormat = logFormat
            overrides.tokenFile = tokenFile
            overrides.tokens = tokens
            overrides.traceFile = traceFile
            overrides.traceRatio = traceRatio
            security.set(&overrides)
            set(&overrides)
            let loaded = try ConfigurationLoader().load(file: config, overrides: overrides)
            if printConfig {
                print(loaded.rendered, terminator: "")
                return
            }
            let logConfiguration = loaded.configuration.node.log
            let log = Logger(label: "weir") { LineLogHandler(label: $0, configuration: logConfiguration) }
                .ofStart(node: name.text, role: "\(role)")
            for warning in loaded.warnings { log.warning("\(warning)") }
            let node = try make(loaded.configuration, log)
            try await node.run { http in
                var metadata: Logger.Metadata = ["name": "\(name)", "http": "\(http ?? "off")"]
                for (key, value) in node.facts { metadata[key] = "\(value)" }
                node.log.info("ready", metadata: metadata)
            }
            node.log.info("stopped")
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    /// What all roles say about themselves in `--help`.
    static let discussion = """
        Values come from the defaults, then the configuration file and the contracts it names, then environment variables (WEIR_…), then \
        these flags; what comes later wins. SIGTERM and SIGINT stop the process within 10 seconds; nothing acknowledged is lost, also when it \
        is killed. Started again with the same name and data directory it takes its place again.

        Exit codes: 0 stopped, 1 it could not start or failed, 64 wrong usage, 75 a listener stopped answering and could not be made anew (start \
        the process again).
        """
}

extension NodeName: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
